package dev.tandem.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.Views;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Prediction;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import dev.tandem.testkit.TestPhotographs;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A trained net served by the CPU backend: its answers have the same bits however requests were batched. */
class ClassifierOnCpuTest {
    private static final int THREADS = 32;
    private static final int CALLS = 40;

    @TempDir
    static Path folder;

    private static Path checkpoint;
    private static List<Path> images;

    @BeforeAll
    static void train() throws IOException {
        Path data = TestPhotographs.folder(folder.resolve("data"), 4, 11);
        checkpoint = folder.resolve("net.safetensors");
        TrainInFortyLines.train(LibraryUseTest.TINY + ", tandem.train { epochs = 1, batch = 4 }", data, checkpoint);
        try (Stream<Path> files = Files.walk(data.resolve("val"))) {
            images = files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static List<List<Prediction>> oneByOne(Classifier photos, List<Path> some) {
        return some.stream().map(image -> photos.classify(image, 3)).toList();
    }

    /** The backend's results do depend on how many rows a batch has; fails if a classifier's do. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "tandem.cpu.onednn = 1",
                "tandem.cpu { onednn = 1, threads = 3 }",
                "tandem.cpu.onednn = 0",
                "tandem { cpu.devices = 2, placement.strategy = data }",
                "tandem { cpu.devices = 2, placement.strategy = columns }"
            })
    void answersDoNotDependOnTheSizeOfTheBatch(String settings) {
        ClassifierOptions options = ClassifierOptions.defaults();
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu, " + settings);
                Classifier alone = tandem.open(checkpoint, options);
                Classifier photos = tandem.open(checkpoint, options.withBatchWait(Duration.ofMillis(50)))) {
            List<List<Prediction>> expected = oneByOne(alone, images.subList(0, 17));
            for (int rows : List.of(2, 3, 7, 8, 9, 17)) {
                assertThat(photos.classify(images.subList(0, rows), 3))
                        .as("%d images", rows)
                        .isEqualTo(expected.subList(0, rows));
            }
        }
    }

    @Test
    void manyThreadsGetTheAnswersOfOne() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(THREADS);
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                Classifier photos = tandem.open(checkpoint)) {
            List<List<Prediction>> expected = oneByOne(photos, images);
            List<List<Prediction>> tenExpected = oneByOne(photos.withViews(Views.TEN), images);
            float[][] featuresExpected = photos.features("fc7", images);
            List<byte[]> encoded = new ArrayList<>();
            for (Path image : images) {
                encoded.add(Files.readAllBytes(image));
            }
            AtomicInteger next = new AtomicInteger();
            Callable<Integer> caller = () -> {
                int wrong = 0;
                for (int i = 0; i < CALLS; i++) {
                    int image = next.getAndIncrement() % images.size();
                    byte[] bytes = encoded.get(image);
                    boolean same =
                            switch (i % 10) {
                                case 3 ->
                                    photos.withViews(Views.TEN)
                                            .classify(bytes, 3)
                                            .equals(tenExpected.get(image));
                                case 7 ->
                                    Arrays.equals(photos.features("fc7", List.of(bytes))[0], featuresExpected[image]);
                                default -> photos.classify(bytes, 3).equals(expected.get(image));
                            };
                    wrong += same ? 0 : 1;
                }
                return wrong;
            };
            for (Future<Integer> wrong : callers.invokeAll(Collections.nCopies(THREADS, caller))) {
                assertThat(wrong.get()).isZero();
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void everyKindOfImageGivesTheSameAnswer() throws IOException {
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                Classifier photos = tandem.open(checkpoint)) {
            Path image = images.get(0);
            List<Prediction> answer = photos.classify(image, 3);
            BufferedImage inMemory = ImageIO.read(image.toFile());
            assertThat(photos.classify(Files.readAllBytes(image), 3)).isEqualTo(answer);
            assertThat(photos.classify(Files.newInputStream(image), 3)).isEqualTo(answer);
            assertThat(photos.classify(inMemory, 3)).isEqualTo(answer);
            assertThat(photos.features("fc7", List.of(image))[0]).hasSize(16);
            assertThat(photos.features("relu7", List.of(image))[0]).hasSize(16);
        }
    }

    @Test
    void featuresAreWrittenForOtherPrograms() {
        Path file = folder.resolve("features.safetensors");
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                Classifier photos = tandem.open(checkpoint)) {
            FeaturesToNumpy.write(photos, "fc7", images.subList(0, 2), file);
            try (Safetensors written = Safetensors.open(file)) {
                float[] rows = written.read("fc7", Shape.of(2, 16));
                assertThat(Arrays.copyOfRange(rows, 16, 32)).isEqualTo(photos.features("fc7", images.subList(1, 2))[0]);
            }
        }
    }

    @Test
    void theServiceAnswersOverHttp() throws Exception {
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                Classifier photos = tandem.open(checkpoint)) {
            HttpServer server = ClassifyService.serve(photos, 0);
            try {
                URI address =
                        URI.create("http://localhost:" + server.getAddress().getPort());
                HttpRequest request = HttpRequest.newBuilder(address)
                        .POST(HttpRequest.BodyPublishers.ofFile(images.get(0)))
                        .build();
                String answer = HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.ofString())
                        .body();
                assertThat(answer)
                        .isEqualTo(photos.classify(images.get(0), 5).toString())
                        .contains("Prediction[name=");
            } finally {
                server.stop(0);
            }
        }
    }
}

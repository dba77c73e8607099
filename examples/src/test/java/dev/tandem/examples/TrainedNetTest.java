package dev.tandem.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.loss.Target;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import dev.tandem.testkit.GradientCheck;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the programs that go on from a trained net. */
class TrainedNetTest {
    private static final String TINY = LibraryUseTest.TINY + ", tandem.train { epochs = 1, batch = 4 }";
    private static final Path CALTECH = Path.of("data/caltech10");

    @TempDir
    static Path folder;

    private static Path trained;
    private static Path image;

    @BeforeAll
    static void train() throws IOException {
        Path data = TestPhotographs.folder(folder.resolve("data"), 4, 1);
        image = data.resolve("val/red/image0.png");
        trained = folder.resolve("net.safetensors");
        TrainInFortyLines.train(TINY, data, trained);
    }

    /** Some photographs of each class. */
    private static Path photographs() throws IOException {
        Path few = folder.resolve("few");
        for (String part : List.of("train", "val")) {
            try (Stream<Path> classes = Files.list(CALTECH.resolve(part))) {
                for (Path from : classes.toList()) {
                    Path to = Files.createDirectories(few.resolve(CALTECH.relativize(from)));
                    try (Stream<Path> files = Files.list(from)) {
                        for (Path file : files.sorted().limit(2).toList()) {
                            Files.copy(file, to.resolve(file.getFileName()));
                        }
                    }
                }
            }
        }
        return few;
    }

    @Test
    void aNewLastLayerLearnsOtherClassesAboveConstantConvolutions() throws IOException {
        Path tuned = folder.resolve("tuned.safetensors");
        Path photographs = photographs();
        FineTune.tune(TINY, trained, photographs, tuned);
        try (Safetensors before = Safetensors.open(trained);
                Safetensors after = Safetensors.open(tuned)) {
            for (int layer = 1; layer <= 5; layer++) {
                String weights = "conv" + layer + ".weight";
                Shape shape = before.shapes().get(weights);
                assertThat(after.read(weights, shape)).isEqualTo(before.read(weights, shape));
            }
            Shape fc7 = before.shapes().get("fc7.weight");
            float[] weights = after.read("fc7.weight", fc7);
            assertThat(weights).isNotEqualTo(before.read("fc7.weight", fc7));
            assertThat(weights).as("begins as trained").containsExactly(before.read("fc7.weight", fc7), within(1e-3f));
            assertThat(after.shapes().get("fc8.weight").dim(0)).isEqualTo(10);
            assertThat(after.shapes()).doesNotContainKey("velocity/conv1.weight");
        }
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                Classifier photos = tandem.open(tuned)) {
            assertThat(photos.classNames()).hasSize(10).contains("ketch");
            assertThat(photos.classify(image, 10)).hasSize(10);
        }
    }

    @Test
    void theServiceSaysWhatIsWrongWithARequest() throws Exception {
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                Classifier photos = tandem.open(trained)) {
            HttpServer server = ClassifyService.serve(photos, 0);
            try {
                URI address =
                        URI.create("http://localhost:" + server.getAddress().getPort());
                HttpResponse<String> answer = HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(address)
                                        .POST(BodyPublishers.ofString("no image"))
                                        .build(),
                                BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(400);
                assertThat(answer.body()).contains("no usable image");
            } finally {
                server.stop(0);
            }
        }
    }

    @Test
    void aLossOfOnesOwnIsTrainedWith() {
        Shape input = Shape.of(4, 3);
        HostBatch batch = new HostBatch(input, Shape.of(4, 2));
        for (int i = 0; i < batch.images().array().length; i++) {
            batch.images().array()[i] = i % 5 - 2;
        }
        for (int i = 0; i < batch.targets().length; i++) {
            batch.targets()[i] = i % 3;
        }
        GradientCheck.of((x, context) -> new HuberLoss(1).of(x, new Target(batch, context.device())), Shape.of(4, 2))
                .check();
        Network network = Network.builder().add("fc", Linear.of(2)).build();
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                var model = tandem.placement()
                        .place(network, input, Training.paper().withLoss(new HuberLoss(1)))) {
            // Without weights the outputs are 0: losses of 0, 0.5 (error 1) and 1.5 (error 2).
            model.write("fc.weight", new float[6]);
            model.write("fc.bias", new float[2]);
            model.step(batch, new StepSettings(1, 0, 0.1));
            assertThat(model.takeLoss().mean()).isCloseTo((0 + 0.5 + 1.5 + 0 + 0.5 + 1.5 + 0 + 0.5) / 8, within(1e-6));
            for (int step = 1; step < 30; step++) {
                model.step(batch, new StepSettings(1, step, 0.1));
                model.takeLoss();
            }
            model.step(batch, new StepSettings(1, 30, 0.1));
            assertThat(model.takeLoss().mean()).isLessThan(0.4);
        }
    }
}

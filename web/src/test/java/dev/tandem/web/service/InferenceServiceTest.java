package dev.tandem.web.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.nn.data.Views;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Prediction;
import dev.tandem.spi.TandemException;
import dev.tandem.web.server.RawClient;
import dev.tandem.web.server.WebOptions;
import dev.tandem.web.service.ServiceClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tiny net that answers on loopback. */
@Timeout(60)
class InferenceServiceTest {
    private static final WebOptions LOOPBACK = new WebOptions("127.0.0.1", 0, Optional.empty());

    @TempDir
    static Path folder;

    private static TinyNet tiny;
    private static ServedNet net;
    private static InferenceService service;
    private static ServiceClient client;
    private static byte[] picture;

    @BeforeAll
    static void start() throws IOException {
        tiny = new TinyNet(folder);
        net = tiny.open(ClassifierOptions.defaults());
        service = InferenceService.start(LOOPBACK, net);
        client = new ServiceClient(service.server().port());
        picture = TinyNet.picture(1, "png");
    }

    @AfterAll
    static void stop() {
        service.close();
        net.classifier().close();
        tiny.close();
    }

    private static void assertSame(JsonNode image, List<Prediction> expected) {
        assertThat(image.get("error").isNull()).isTrue();
        assertThat(image.get("predictions")).hasSize(expected.size());
        for (int i = 0; i < expected.size(); i++) {
            JsonNode one = image.get("predictions").get(i);
            assertThat(one.get("class").asText()).isEqualTo(expected.get(i).name());
            assertThat(one.get("label").asInt()).isEqualTo(expected.get(i).label());
            assertThat(one.get("probability").asDouble())
                    .isEqualTo(expected.get(i).probability());
        }
    }

    @Test
    void anImageIsNamed() throws IOException {
        for (String format : List.of("png", "jpg", "gif", "bmp")) {
            byte[] image = TinyNet.picture(2, format);
            Answer answer = client.post("/classify", image, "Content-Type", "application/x-www-form-urlencoded");
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.json().get("images")).hasSize(1);
            assertThat(answer.json().has("error")).isFalse();
            assertSame(answer.json().get("images").get(0), net.classifier().classify(image, 5));
        }
        JsonNode all =
                client.post("/classify?top=999", picture).json().get("images").get(0);
        assertSame(all, net.classifier().classify(picture, 6));
        for (JsonNode one : all.get("predictions")) {
            boolean known = one.get("class").asText().equals("n02119789");
            assertThat(one.get("words").isNull()).isEqualTo(!known);
        }
        JsonNode ten = client.post("/classify?top=1&views=10", picture)
                .json()
                .get("images")
                .get(0);
        assertSame(ten, net.classifier().withViews(Views.TEN).classify(picture, 1));
        JsonNode nine = client.post("/classify?top=1&views=9", picture)
                .json()
                .get("images")
                .get(0);
        assertSame(nine, net.classifier().withViews(Views.NINE).classify(picture, 1));
    }

    @Test
    void eachImageOfAFormHasItsAnswerOrItsError() throws IOException {
        byte[] other = TinyNet.picture(3, "jpg");
        Answer answer = client.postForm(
                "/classify?top=2",
                List.of("a.png", "no <image>.txt", "b.jpg", "empty"),
                List.of(picture, new byte[100], other, new byte[0]));
        assertThat(answer.status()).isEqualTo(200);
        JsonNode images = answer.json().get("images");
        assertThat(images).hasSize(4);
        assertSame(images.get(0), net.classifier().classify(picture, 2));
        assertSame(images.get(2), net.classifier().classify(other, 2));
        assertThat(images.get(1).get("name").asText()).isEqualTo("no <image>.txt");
        assertThat(images.get(1).get("predictions").isNull()).isTrue();
        assertThat(images.get(1).get("error").asText()).contains("it is no usable image");
        assertThat(images.get(3).get("error").asText()).contains("it is no usable image");
        Answer none = client.postForm("/classify", List.of("x", "y"), List.of(new byte[1], new byte[2]));
        assertThat(none.status()).isEqualTo(400);
        assertThat(none.json().get("images")).hasSize(2);
        assertThat(none.json().get("error"))
                .isEqualTo(none.json().get("images").get(0).get("error"));
        int tooMany = RequestImages.MOST + 1;
        Answer many =
                client.postForm("/classify", Collections.nCopies(tooMany, "x"), Collections.nCopies(tooMany, picture));
        assertThat(many.status()).isEqualTo(400);
        assertThat(many.text()).contains(tooMany + " files");
        Answer broken = client.post(
                "/classify",
                "--no\r\nform".getBytes(StandardCharsets.UTF_8),
                "Content-Type",
                "multipart/form-data; boundary=b");
        assertThat(broken.status()).as(broken.text()).isEqualTo(400);
        assertThat(broken.text()).contains("the form cannot be read");
        Answer text = client.post(
                "/classify?top=1",
                "--b\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n1\r\n--b--\r\n"
                        .getBytes(StandardCharsets.UTF_8),
                "Content-Type",
                "multipart/form-data; boundary=b");
        assertThat(text.status()).isEqualTo(400);
        assertThat(text.text()).contains("a field of a form that is no file, got top");
    }

    @ParameterizedTest
    @CsvSource({
        "/classify?top=0, 400",
        "/classify?top=-1, 400",
        "/classify?top=x, 400",
        "/classify?top=99999999999, 400",
        "/classify?views=2, 400",
        "/classify?tpo=2, 400",
        "/classify?top=1&top=2, 400",
        "/features/fc7?top=1, 400",
        "/features/nothing, 404",
        "/features/, 404",
        "/features, 404"
    })
    void whatIsWrongWithARequestIsSaid(String path, int status) {
        Answer answer = client.post(path, picture);
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.json().get("error").asText()).isNotEmpty();
    }

    @Test
    void bodiesThatAreNoImageAreRefused() {
        assertThat(client.post("/classify", new byte[0]).text()).contains("an empty body");
        Answer zipped = client.post("/classify", picture, "Content-Encoding", "gzip");
        assertThat(zipped.status()).isEqualTo(415);
    }

    @Test
    void featuresAreThoseOfTheClassifier() {
        for (String layer : List.of("fc7", "pool5", "conv1")) {
            JsonNode answer = client.post("/features/" + layer, picture).json();
            float[] expected = net.classifier().features(layer, List.of(picture))[0];
            assertThat(answer.get("layer").asText()).isEqualTo(layer);
            int elements = 1;
            for (JsonNode extent : answer.get("shape")) {
                elements *= extent.asInt();
            }
            assertThat(elements).isEqualTo(expected.length);
            JsonNode numbers = answer.get("images").get(0).get("features");
            assertThat(numbers).hasSize(expected.length);
            for (int i = 0; i < expected.length; i++) {
                assertThat(numbers.get(i).floatValue()).isEqualTo(expected[i]);
            }
        }
    }

    @Test
    void itSaysWhatItServes() {
        JsonNode model = client.get("/api/model").json();
        assertThat(model.get("name").asText()).isEqualTo("tiny");
        assertThat(model.get("classes").get(1).asText()).isEqualTo(TinyNet.CLASSES.get(1));
        assertThat(model.get("layers").get(0).asText()).isEqualTo("conv1");
        assertThat(model.get("input").toString()).isEqualTo("[3,56,56]");
        assertThatThrownBy(() -> new ServedNet("a b", net.classifier(), Views.CENTRE))
                .isInstanceOf(TandemException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/docs"})
    void allThatAPageNeedsIsThere(String path) {
        Matcher files = Pattern.compile("(?:src|href)=\"(/assets/[^\"]+)\"")
                .matcher(client.get(path).text());
        List<String> found = new ArrayList<>();
        while (files.find()) {
            found.add(files.group(1));
        }
        assertThat(found).hasSizeGreaterThan(3);
        for (int i = 0; i < found.size(); i++) {
            Answer file = client.get(found.get(i));
            assertThat(file.status()).as(found.get(i)).isEqualTo(200);
            Matcher imports = Pattern.compile("from \"\\./([^\"]+)\"").matcher(file.text());
            String parent = found.get(i).substring(0, found.get(i).lastIndexOf('/') + 1);
            while (found.get(i).endsWith(".js") && imports.find()) {
                if (!found.contains(parent + imports.group(1))) {
                    found.add(parent + imports.group(1));
                }
            }
        }
    }

    @Test
    void figuresAreThoseOfWhatWasAsked() {
        client.post("/classify", picture);
        String text = client.get("/metrics").text();
        assertThat(text)
                .containsPattern("tandem_http_requests_total\\{route=\"/classify\",status=\"200\"} [1-9]")
                .containsPattern("tandem_http_request_seconds_count\\{route=\"/classify\"} [1-9]")
                .containsPattern("tandem_rows_total [1-9]")
                .contains("tandem_queue_rows 0.0", "tandem_mean_batch_rows", "jvm_memory_used_bytes")
                .contains("tandem_model_info{name=\"tiny\",recipe=\"small\"} 1");
        client.get("/a/path/of/its/own");
        assertThat(client.get("/metrics").text())
                .as("paths that are none do not fill the memory")
                .contains("route=\"none\",status=\"404\"")
                .doesNotContain("/a/path/of/its/own");
    }

    @Test
    void aFullQueueRefusesAtOnceAndRecovers() throws Exception {
        Semaphore begun = new Semaphore(0);
        Semaphore allowed = new Semaphore(0);
        ClassifierOptions options = ClassifierOptions.defaults().withBatch(2).withQueue(4, Duration.ZERO);
        ExecutorService callers = Executors.newCachedThreadPool();
        ServedNet held = tiny.openHeld(options, begun, allowed);
        try (InferenceService small = InferenceService.start(LOOPBACK, held)) {
            ServiceClient asking = new ServiceClient(small.server().port());
            List<Future<Answer>> answers = new ArrayList<>();
            answers.add(callers.submit(() -> asking.post("/classify", picture)));
            begun.acquire();
            for (int i = 0; i < 4; i++) {
                answers.add(callers.submit(() -> asking.post("/classify", picture)));
            }
            while (held.classifier().waiting() < 4) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 20; i++) {
                Answer busy = asking.post("/classify", picture);
                assertThat(busy.status()).isEqualTo(429);
                assertThat(busy.header("Retry-After")).isEqualTo("1");
                assertThat(busy.json().get("error").asText()).contains("4 rows that wait, expected at most 4");
            }
            assertThat(asking.get("/v2/health/live").status()).isEqualTo(200);
            allowed.release(1000);
            for (Future<Answer> answer : answers) {
                assertThat(answer.get().status()).isEqualTo(200);
            }
            assertThat(asking.post("/classify", picture).status()).isEqualTo(200);
            assertThat(asking.get("/metrics").text()).contains("tandem_rejected_total 20.0");
        } finally {
            callers.shutdownNow();
            held.classifier().close();
        }
    }

    @Test
    void closingAnswersWhatIsUnderWay() throws Exception {
        Semaphore begun = new Semaphore(0);
        Semaphore allowed = new Semaphore(0);
        ServedNet held = tiny.openHeld(ClassifierOptions.defaults(), begun, allowed);
        InferenceService closed = InferenceService.start(LOOPBACK, held);
        ServiceClient asking = new ServiceClient(closed.server().port());
        CompletableFuture<Answer> answer = CompletableFuture.supplyAsync(() -> asking.post("/classify", picture));
        begun.acquire();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> {
            closed.close();
            held.classifier().close();
        });
        assertThatThrownBy(() -> {
                    while (true) {
                        try (RawClient raw = new RawClient(closed.server().port())) {
                            raw.send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
                                    .received();
                        }
                    }
                })
                .isInstanceOf(IOException.class);
        assertThat(closing).isNotDone();
        allowed.release(10);
        assertThat(answer.get().status()).isEqualTo(200);
        closing.get();
    }

    @Test
    void manyClientsGetTheAnswersOfOne() throws Exception {
        List<byte[]> pictures = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            pictures.add(TinyNet.picture(100 + i, "png"));
            expected.add(client.post("/classify", pictures.get(i)).text());
        }
        ExecutorService callers = Executors.newFixedThreadPool(64);
        try {
            List<Future<Boolean>> right = IntStream.range(0, 640)
                    .mapToObj(i -> callers.submit(() -> client.post("/classify", pictures.get(i % 16))
                            .text()
                            .equals(expected.get(i % 16))))
                    .toList();
            for (Future<Boolean> one : right) {
                assertThat(one.get()).isTrue();
            }
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void hostileRequestsLeaveItHealthy() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String before = client.post("/classify", picture).text();
        List<RawClient> open = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            RawClient raw = new RawClient(service.server().port());
            open.add(raw);
            byte[] noise = new byte[random.nextInt(3000)];
            random.nextBytes(noise);
            byte[] cut = Arrays.copyOf(picture, random.nextInt(picture.length));
            String post = "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
            switch (i % 7) {
                case 0 -> raw.send(noise);
                case 1 -> raw.send(post + cut.length + "\r\n\r\n").send(cut);
                case 2 -> raw.send(post + picture.length + "\r\n\r\n").send(cut); // and no more
                case 3 -> raw.send(post + "99999999999999999999\r\n\r\n").send(noise);
                case 4 ->
                    raw.send(post + noise.length + "\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n")
                            .send(noise);
                case 5 ->
                    raw.send(post.replace("/classify", "/v2/models/tiny/infer") + noise.length + "\r\n\r\n")
                            .send(noise);
                default -> {
                    raw.send(post + picture.length + "\r\n\r\n").send(picture);
                    raw.close(); // before its answer
                }
            }
        }
        assertThat(client.post("/classify", picture).text()).isEqualTo(before);
        for (RawClient raw : open) {
            raw.close();
        }
        assertThat(client.post("/classify", picture).text()).isEqualTo(before);
        while (net.classifier().waiting() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void fromElsewhereAllButHealthNeedsTheToken() {
        WebOptions everywhere = new WebOptions("0.0.0.0", 0, Optional.of("a-token-of-tests"));
        try (InferenceService open = InferenceService.start(everywhere, net)) {
            ServiceClient stranger = new ServiceClient(open.server().port());
            assertThat(stranger.get("/v2/health/live").status()).isEqualTo(200);
            assertThat(stranger.get("/v2/health/ready").status()).isEqualTo(200);
            for (String path : List.of("/", "/docs", "/metrics", "/api/model", "/v2", "/openapi.json", "/none")) {
                assertThat(stranger.get(path).status()).as(path).isEqualTo(401);
            }
            assertThat(stranger.post("/classify", picture).status()).isEqualTo(401);
            Answer known = stranger.post("/classify", picture, "Authorization", "Bearer a-token-of-tests");
            assertThat(known.status()).isEqualTo(200);
        }
    }
}

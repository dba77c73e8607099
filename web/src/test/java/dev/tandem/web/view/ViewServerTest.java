package dev.tandem.web.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.testkit.TestRunFolders;
import dev.tandem.web.server.WebOptions;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ViewServerTest {
    private static final String TOKEN = "token-of-the-test";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path temporary;

    private static Path root;
    private static ViewServer server;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws IOException {
        root = temporary.resolve("runs");
        TestRunFolders.run(root.resolve("group/one"), 5, 5);
        server = ViewServer.start(
                new WebOptions("127.0.0.1", 0, Optional.of(TOKEN)),
                root,
                new ConfigSources().add("test", Map.of("tandem.backend", "cpu")).load());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address()).resolve(path));
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(request(path).build(), BodyHandlers.ofString());
    }

    private JsonNode json(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("application/json");
        return JSON.readTree(response.body());
    }

    private static String encoded(String id) {
        return URLEncoder.encode(id, StandardCharsets.UTF_8);
    }

    @Test
    void theListOfRuns() throws IOException, InterruptedException {
        JsonNode list = json("/api/runs");
        assertThat(list.path("folder").asText()).isEqualTo(root.toString());
        JsonNode run = StreamSupport.stream(list.path("runs").spliterator(), false)
                .filter(one -> one.path("id").asText().equals("group/one"))
                .findFirst()
                .orElseThrow();
        assertThat(run.path("state").asText()).isEqualTo("finished");
        assertThat(run.path("step").isNull()).isTrue();
        assertThat(list.path("notice").isNull()).isTrue();
    }

    @Test
    void aRunWithItsHistory() throws IOException, InterruptedException {
        JsonNode run = json("/api/run?run=" + encoded("group/one"));
        assertThat(run.path("folder").asText())
                .isEqualTo(root.resolve("group/one").toString());
        assertThat(run.path("summary").path("epoch").asInt()).isEqualTo(5);
        assertThat(run.path("history").path("epoch").toString()).isEqualTo("[1,2,3,4,5]");
        assertThat(run.path("history").path("top5Error").toString()).isEqualTo("[null,null,null,null,null]");
        assertThat(run.path("history").path("top1Error").get(4).asDouble()).isBetween(0.166, 0.167);
        assertThat(run.path("health").path("activations").path("conv1").path("dead"))
                .hasSize(5);
        assertThat(run.path("health").path("updateRatios").path("fc7.bias")).hasSize(5);
        assertThat(run.path("devices")).hasSize(1);
        assertThat(run.path("classes").toString()).isEqualTo("[\"blue\",\"green\",\"red\"]");
        assertThat(run.path("canChangeRate").asBoolean()).isFalse();
        assertThat(run.path("settings").toString())
                .contains("{\"key\":\"tandem.recipe\",\"value\":\"small\",\"origin\":\"command line\"}");
    }

    @Test
    void whatIsNoNumberIsNull() throws IOException, InterruptedException {
        Path run = TestRunFolders.run(root.resolve("diverged"), 5, 0);
        Files.writeString(
                run.resolve("log.jsonl"),
                "{\"epoch\":1,\"step\":4,\"rate\":1.0,\"trainingLoss\":\"NaN\",\"imagesPerSecond\":\"Infinity\"}\n");
        awaitRun("diverged");
        JsonNode read = json("/api/run?run=diverged");
        assertThat(read.path("history").path("trainingLoss").toString()).isEqualTo("[null]");
        assertThat(read.path("summary").path("trainingLoss").isNull()).isTrue();
        assertThat(get("/api/run?run=diverged").body()).doesNotContain("NaN").doesNotContain("Infinity");
    }

    private void awaitRun(String id) throws IOException, InterruptedException {
        for (int attempt = 0; attempt < 600; attempt++) {
            if (get("/api/run?run=" + encoded(id)).statusCode() == 200) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("the run " + id + " has not appeared");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/run?run=../../etc",
                "/api/run?run=%2e%2e",
                "/api/run?run=..%2fruns%2fgroup%2fone",
                "/api/run?run=/etc",
                "/api/run?run=%2Fetc%2Fpasswd",
                "/api/run?run=group%2fone%00",
                "/api/run?run=group/one/",
                "/api/run?run=",
                "/api/run?run=group",
                "/api/run/picture?run=group%2fone&name=../config.conf",
                "/api/run/picture?run=group%2fone&name=%2e%2e%2fkernels",
                "/api/run/picture?run=group%2fone&name=kernels",
                "/api/run/events?run=nothing",
                "/api/run/network?run=nothing",
                "/assets/../view/ViewServer.class",
                "/assets/%2e%2e/secret",
                "/assets/..%2f..%2fview",
                "/assets/",
                "/runs/group/one/log.jsonl"
            })
    void whatIsNotThereIsNotFound(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path);
        assertThat(response.statusCode()).as(path).isIn(400, 404);
        assertThat(response.body()).doesNotContain("\tat ").doesNotContain("root:");
    }

    @Test
    void namesAreTextInJson() throws IOException, InterruptedException {
        String name = "<img src=x onerror=alert(1)>&run=b\n\u2028";
        TestRunFolders.run(root.resolve(name), 2, 1);
        awaitRun(name);
        assertThat(json("/api/run?run=" + encoded(name))
                        .path("summary")
                        .path("name")
                        .asText())
                .isEqualTo(name);
        HttpResponse<String> missing = get("/api/run?run=" + encoded("<img src=x onerror=alert(1)>"));
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.headers().firstValue("Content-Type").orElse("")).startsWith("application/json");
        assertThat(missing.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    }

    @Test
    void noPictureIsReadThroughALink() throws IOException, InterruptedException {
        Path picture = root.resolve("group/one/kernels.png");
        Path secret = Files.writeString(temporary.resolve("secret.png"), "secret");
        Files.createSymbolicLink(picture, secret);
        assertThat(get("/api/run/picture?run=group%2Fone&name=kernels").statusCode())
                .isEqualTo(404);
        Files.delete(picture);
        Files.writeString(picture, "a picture");
        HttpResponse<String> response = get("/api/run/picture?run=group%2Fone&name=kernels");
        assertThat(response.body()).isEqualTo("a picture");
        assertThat(response.headers().firstValue("Content-Type")).contains("image/png");
        assertThat(json("/api/run?run=group%2Fone").path("pictures").toString()).isEqualTo("[\"kernels\"]");
    }

    private int postRate(String body, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder post = request("/api/run/rate?run=group%2Fone").POST(BodyPublishers.ofString(body));
        if (headers.length > 0) {
            post.headers(headers);
        }
        return CLIENT.send(post.build(), BodyHandlers.ofString()).statusCode();
    }

    @Test
    void aLearningRateNeedsTheTokenAPageOfThisServerAndARunThatTrains() throws IOException, InterruptedException {
        Path requested = root.resolve("group/one/requested-rate.txt");
        String name = "tandem-token-" + URI.create(server.address()).getPort();
        String[] cookie = {"Cookie", name + "=" + TOKEN};
        assertThat(postRate("{\"rate\": 0.005}")).isEqualTo(401);
        assertThat(postRate("{\"rate\": 0.005}", "Cookie", name + "=another-token"))
                .isEqualTo(401);
        assertThat(postRate("{\"rate\": 0.005}", cookie)).isEqualTo(409);
        try (FolderLock lock = FolderLock.acquire(root.resolve("group/one/run.lock"), "train")) {
            assertThat(lock).isNotNull();
            for (String wrong :
                    List.of("", "{", "{}", "{\"rate\": 0}", "{\"rate\": \"1\"}", "{\"rate\": 1e999}", "[1]")) {
                assertThat(postRate(wrong, cookie)).as(wrong).isEqualTo(400);
            }
            assertThat(postRate("{\"rate\": 1}", "Cookie", cookie[1], "Origin", "http://elsewhere.example"))
                    .isEqualTo(403);
            assertThat(requested).doesNotExist();
            assertThat(postRate("{\"rate\": 0.005}", cookie)).isEqualTo(200);
            assertThat(requested).hasContent("0.005");
        }
        assertThat(json("/api/session").path("mayChange").asBoolean()).isFalse();
        HttpResponse<String> session =
                CLIENT.send(request("/api/session").headers(cookie).build(), BodyHandlers.ofString());
        assertThat(session.body()).isEqualTo("{\"mayChange\":true}");
    }

    @Test
    void theNetworkOfARun() throws IOException, InterruptedException {
        JsonNode network = json("/api/run/network?run=group%2Fone");
        assertThat(network.path("recipe").asText()).isEqualTo("small");
        assertThat(network.path("inputs").get(0).path("dims").toString()).isEqualTo("[3,112,112]");
        assertThat(network.path("devices").get(0).path("name").asText()).isEqualTo("cpu:0");
        JsonNode first = network.path("layers").get(0);
        assertThat(first.path("name").asText()).isEqualTo("conv1");
        assertThat(first.path("kind").asText()).isEqualTo("Convolution");
        assertThat(first.path("split").asText()).isEqualTo("none");
        assertThat(first.path("parameters").asLong()).isPositive();
        assertThat(first.path("shards")).hasSize(1);
        assertThat(network.path("trainingBytes").asLong()).isPositive();
    }

    @Test
    void theDevicesOfThisServer() throws IOException, InterruptedException {
        JsonNode devices = json("/api/devices");
        assertThat(devices.path("backend").asText()).isEqualTo("cpu");
        assertThat(devices.path("devices").get(0).path("name").asText()).isEqualTo("cpu:0");
    }

    @Test
    void pagesAreServed() throws IOException, InterruptedException {
        for (String path : List.of("/", "/run", "/compare", "/network", "/devices", "/classify")) {
            HttpResponse<String> page = get(path);
            assertThat(page.statusCode()).as(path).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
        }
        assertThat(get("/assets/style.css").headers().firstValue("Content-Type").orElse(""))
                .startsWith("text/css");
    }

    @Test
    void aRunWithoutAModelHasNoClasses() throws IOException, InterruptedException {
        HttpResponse<String> response = CLIENT.send(
                request("/api/run/classify?run=group%2Fone")
                        .POST(BodyPublishers.ofString("no photograph"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(response.statusCode()).isGreaterThanOrEqualTo(400);
        assertThat(response.body()).contains("the run has no model yet");
    }
}

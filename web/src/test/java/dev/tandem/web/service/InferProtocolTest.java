package dev.tandem.web.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.Prediction;
import dev.tandem.web.server.WebOptions;
import dev.tandem.web.service.ServiceClient.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Open Inference Protocol, byte for byte as its clients send it. */
@Timeout(60)
class InferProtocolTest {
    private static final String LENGTH = "Inference-Header-Content-Length";
    private static final int ELEMENTS = 3 * 56 * 56;

    @TempDir
    static Path folder;

    private static TinyNet tiny;
    private static ServedNet net;
    private static InferenceService service;
    private static ServiceClient client;
    private static byte[] first;
    private static byte[] second;

    @BeforeAll
    static void start() throws IOException {
        tiny = new TinyNet(folder);
        net = tiny.open(ClassifierOptions.defaults());
        service = InferenceService.start(new WebOptions("localhost", 0, Optional.empty()), net);
        client = new ServiceClient(service.server().port());
        first = TinyNet.picture(1, "png");
        second = TinyNet.picture(2, "jpg");
    }

    @AfterAll
    static void stop() {
        service.close();
        net.classifier().close();
        tiny.close();
    }

    private static String base64(byte[] file) {
        return "\"" + Base64.getEncoder().encodeToString(file) + "\"";
    }

    private static String files(String more) {
        return "{\"inputs\":[{\"name\":\"image\",\"shape\":[2,1],\"datatype\":\"BYTES\",\"data\":[[" + base64(first)
                + "],[" + base64(second) + "]]}]" + more + "}";
    }

    private static List<Prediction> all(Object image) {
        return net.classifier().classify(List.of(image), 6).get(0);
    }

    private static float[] byLabel(List<Prediction> predictions) {
        float[] all = new float[predictions.size()];
        predictions.forEach(one -> all[one.label()] = (float) one.probability());
        return all;
    }

    @Test
    void theServerAndItsModelsDescribeThemselves() {
        assertThat(client.get("/v2").json().get("extensions").toString()).isEqualTo("[\"binary_tensor_data\"]");
        assertThat(client.get("/v2/health/live").json().get("live").asBoolean()).isTrue();
        assertThat(client.get("/v2/health/ready").json().get("ready").asBoolean())
                .isTrue();
        for (String path : List.of("/v2/models/tiny", "/v2/models/tiny/versions/1")) {
            JsonNode model = client.get(path).json();
            assertThat(model.get("name").asText()).isEqualTo("tiny");
            assertThat(model.get("inputs").toString())
                    .isEqualTo("[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[-1]}]");
            assertThat(model.get("outputs").get(0).get("shape").toString()).isEqualTo("[-1,6]");
            assertThat(client.get(path + "/ready").status()).isEqualTo(200);
        }
        assertThat(client.get("/v2/models/tiny-input").json().get("inputs").toString())
                .isEqualTo("[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[-1,3,56,56]}]");
        for (String path :
                List.of("/v2/models/other", "/v2/models/tiny/versions/2", "/v2/models/tiny/versions/2/ready")) {
            assertThat(client.get(path).status()).as(path).isEqualTo(404);
            assertThat(client.get(path).json().has("error")).isTrue();
        }
    }

    @Test
    void filesInJson() {
        Answer answer = client.post("/v2/models/tiny/infer", files(",\"id\":\"number 7\""));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        JsonNode json = answer.json();
        assertThat(json.get("model_name").asText()).isEqualTo("tiny");
        assertThat(json.get("id").asText()).isEqualTo("number 7");
        assertThat(json.get("outputs")).hasSize(3);
        JsonNode probabilities = json.get("outputs").get(0);
        assertThat(probabilities.get("shape").toString()).isEqualTo("[2,6]");
        float[] expected = byLabel(all(second));
        for (int i = 0; i < 6; i++) {
            assertThat(probabilities.get("data").get(6 + i).floatValue()).isEqualTo(expected[i]);
        }
        assertThat(json.get("outputs").get(1).get("data").get(0).asInt())
                .isEqualTo(all(first).get(0).label());
        assertThat(json.get("outputs").get(2).get("data").get(1).asText())
                .isEqualTo(all(second).get(0).name());
    }

    @Test
    void outputsAreThoseThatWereAskedFor() {
        Answer answer = client.post(
                "/v2/models/tiny/versions/1/infer",
                files(",\"outputs\":[{\"name\":\"label\"},"
                        + "{\"name\":\"probabilities\",\"parameters\":{\"classification\":2}}]"));
        JsonNode outputs = answer.json().get("outputs");
        assertThat(outputs).hasSize(2);
        assertThat(outputs.get(0).get("name").asText()).isEqualTo("label");
        assertThat(outputs.get(1).get("datatype").asText()).isEqualTo("BYTES");
        assertThat(outputs.get(1).get("shape").toString()).isEqualTo("[2,2]");
        Prediction likeliest = all(second).get(0);
        assertThat(outputs.get(1).get("data").get(2).asText())
                .isEqualTo((float) likeliest.probability() + ":" + likeliest.label() + ":" + likeliest.name());
    }

    /** The bytes of tritonclient: JSON, then each element behind its length. */
    private static byte[] binary(String json, byte[]... elements) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json.getBytes(StandardCharsets.UTF_8));
        for (byte[] element : elements) {
            body.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(element.length)
                    .array());
            body.writeBytes(element);
        }
        return body.toByteArray();
    }

    @Test
    void filesAsBytesAndOutputsAsBytes() throws IOException {
        int size = 8 + first.length + second.length;
        String json = "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"image\",\"shape\":[2],"
                + "\"datatype\":\"BYTES\",\"parameters\":{\"binary_data_size\":" + size + "}}]}";
        Answer answer = client.post(
                "/v2/models/tiny/infer", binary(json, first, second), LENGTH, String.valueOf(json.length()));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/octet-stream");
        byte[] body = answer.response().body();
        int length = Integer.parseInt(answer.header(LENGTH));
        JsonNode outputs = new ObjectMapper().readTree(body, 0, length).get("outputs");
        ByteBuffer behind = ByteBuffer.wrap(body, length, body.length - length).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(outputs.get(0).get("parameters").get("binary_data_size").asInt())
                .isEqualTo(2 * 6 * 4);
        assertThat(outputs.get(0).has("data")).isFalse();
        for (byte[] image : List.of(first, second)) {
            for (float expected : byLabel(all(image))) {
                assertThat(behind.getFloat()).isEqualTo(expected);
            }
        }
        for (byte[] image : List.of(first, second)) {
            assertThat(behind.getLong()).isEqualTo(all(image).get(0).label());
        }
        for (byte[] image : List.of(first, second)) {
            byte[] name = new byte[behind.getInt()];
            behind.get(name);
            assertThat(new String(name, StandardCharsets.UTF_8))
                    .isEqualTo(all(image).get(0).name());
        }
        assertThat(behind.hasRemaining()).isFalse();
    }

    @Test
    void inputsOfTheNetworkInJsonAndAsBytes() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        float[] input = new float[ELEMENTS];
        for (int i = 0; i < ELEMENTS; i++) {
            input[i] = 64 * (float) random.nextGaussian();
        }
        String data = IntStream.range(0, ELEMENTS)
                .mapToObj(i -> Float.toString(input[i]))
                .collect(Collectors.joining(","));
        String head = "{\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[1,3,56,56],";
        String asked = "],\"outputs\":[{\"name\":\"probabilities\",\"parameters\":{\"binary_data\":false}}]}";
        Answer text = client.post("/v2/models/tiny-input/infer", head + "\"data\":[" + data + "]}" + asked);
        assertThat(text.status()).as(text.text()).isEqualTo(200);
        float[] expected = byLabel(all(input));
        for (int i = 0; i < 6; i++) {
            JsonNode one = text.json().get("outputs").get(0).get("data").get(i);
            assertThat(one.floatValue()).isEqualTo(expected[i]);
        }
        String json = head + "\"parameters\":{\"binary_data_size\":" + 4 * ELEMENTS + "}}" + asked;
        ByteBuffer body = ByteBuffer.allocate(json.length() + 4 * ELEMENTS).order(ByteOrder.LITTLE_ENDIAN);
        body.put(json.getBytes(StandardCharsets.UTF_8));
        body.asFloatBuffer().put(input);
        Answer bytes = client.post("/v2/models/tiny-input/infer", body.array(), LENGTH, String.valueOf(json.length()));
        assertThat(bytes.text()).isEqualTo(text.text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{",
                "{\"inputs\":3}",
                "{\"inputs\":[]}",
                "{\"inputs\":[{}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\"}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"!!\"]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"AAAA\"]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"AAAA\"]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[0],\"datatype\":\"BYTES\",\"data\":[]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[-1],\"datatype\":\"BYTES\",\"data\":[]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[1e9],\"datatype\":\"BYTES\",\"data\":[]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[2147483647],\"datatype\":\"BYTES\",\"data\":[]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[1,1,1,1,1,1,1,1,1],\"datatype\":\"BYTES\",\"data\":[]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}",
                "{\"inputs\":[{\"name\":\"other\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"AAAA\"]}]}",
                "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\","
                        + "\"parameters\":{\"binary_data_size\":9}}]}"
            })
    void whatIsNoRequestIsRefusedAsTheProtocolSays(String json) {
        Answer answer = client.post("/v2/models/tiny/infer", json);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.json().get("error").asText()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"-1", "x", "999999999", "99999999999999"})
    void lengthsThatAreNoneAreRefused(String length) {
        Answer answer = client.post("/v2/models/tiny/infer", new byte[10], LENGTH, length);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ",\"outputs\":[{\"name\":\"other\"}]",
                ",\"outputs\":[{}]",
                ",\"outputs\":[{\"name\":\"label\"},{\"name\":\"label\"}]",
                ",\"outputs\":[{\"name\":\"probabilities\",\"parameters\":{\"classification\":\"two\"}}]",
                ",\"outputs\":[{\"name\":\"probabilities\",\"parameters\":{\"classification\":null}}]",
                ",\"outputs\":[{\"name\":\"probabilities\",\"parameters\":{\"classification\":1.5}}]",
                ",\"outputs\":[{\"name\":\"label\",\"parameters\":{\"classification\":2}}]",
                ",\"outputs\":[{\"name\":\"probabilities\",\"parameters\":{\"classification\":7}}]",
                ",\"outputs\":[{\"name\":\"label\",\"parameters\":{\"binary_data\":1}}]",
                ",\"id\":7"
            })
    void outputsThatAreNoneAreRefused(String more) {
        Answer answer = client.post("/v2/models/tiny/infer", files(more));
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    }

    @Test
    void jsonThatWouldFillTheMemoryIsRefused() {
        String objects = "{\"inputs\":[" + "{},".repeat(5_000_000) + "{}]}";
        assertThat(client.post("/v2/models/tiny/infer", objects).text()).contains("too deep or too long");
        String deep = "{\"inputs\":" + "[".repeat(5000);
        assertThat(client.post("/v2/models/tiny/infer", deep).text()).contains("too deep or too long");
        String named = "{\"inputs\":[{\"name\":\"" + "x".repeat(100_000)
                + "\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"AAAA\"]}]}";
        Answer answer = client.post("/v2/models/tiny/infer", named);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).hasSizeLessThan(1000);
        assertThat(client.post("/v2/models/tiny/infer", "{\n\"a\": NaN}").text())
                .contains("a fault in line 2, column");
    }

    @Test
    void brokenBytesAreRefused() {
        String json = "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\","
                + "\"parameters\":{\"binary_data_size\":SIZE}}]}";
        byte[] whole = binary("", first);
        for (int size : List.of(0, 3, 4, whole.length - 1)) {
            String head = json.replace("SIZE", String.valueOf(size));
            byte[] body = Arrays.copyOf(binary(head, first), head.length() + size);
            Answer answer = client.post("/v2/models/tiny/infer", body, LENGTH, String.valueOf(head.length()));
            assertThat(answer.status()).as(size + ": " + answer.text()).isEqualTo(400);
        }
        String head = json.replace("SIZE", String.valueOf(whole.length));
        byte[] tooMuch = binary(head, first, new byte[3]);
        Answer answer = client.post("/v2/models/tiny/infer", tooMuch, LENGTH, String.valueOf(head.length()));
        assertThat(answer.text()).contains("bytes that belong to no input");
    }
}

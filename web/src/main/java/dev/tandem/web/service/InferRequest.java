package dev.tandem.web.service;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * A request of the Open Inference Protocol: JSON, behind which the bytes of inputs may follow (the binary tensor
 * extension).
 *
 * @param id what the answer repeats; null if there is none
 * @param inputs in the order of the request
 * @param outputs those that are asked for; all, if empty
 * @param binaryOutputs whether outputs are wanted as bytes unless they say otherwise
 */
record InferRequest(String id, List<Tensor> inputs, List<WantedOutput> outputs, boolean binaryOutputs) {
    /** The most names, values, brackets and braces; a tree of them takes many times the memory of its text. */
    private static final int MOST_TOKENS = 4_000_000;

    private static final String LIMITS = "at most " + StreamReadConstraints.DEFAULT_MAX_DEPTH + " levels, "
            + MOST_TOKENS + " names, values and brackets, and numbers of "
            + StreamReadConstraints.DEFAULT_MAX_NUM_LEN + " digits";
    private static final int MOST_CHARACTERS = 200;
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxTokenCount(MOST_TOKENS).build())
            .build());
    private static final String OPERATION = "infer";
    private static final int MOST_RANK = 8;

    /**
     * An input.
     *
     * @param data as JSON, or null
     * @param bytes little-endian, or null
     */
    record Tensor(String name, String datatype, int[] shape, JsonNode data, ByteBuffer bytes) {}

    /**
     * An output that is asked for.
     *
     * @param binary as bytes or as JSON; null is as the request says
     * @param classes how many of the largest are wanted as {@code value:index:label}; 0 is the output itself
     */
    record WantedOutput(String name, Boolean binary, int classes) {}

    /**
     * Reads a request.
     *
     * @param jsonLength how many of the bytes are JSON
     */
    static InferRequest of(byte[] body, int jsonLength) {
        JsonNode root = root(body, jsonLength);
        ByteBuffer behind = ByteBuffer.wrap(body, jsonLength, body.length - jsonLength)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
        List<Tensor> inputs = new ArrayList<>();
        for (JsonNode input : array(root, "inputs")) {
            inputs.add(tensor(input, behind));
        }
        if (behind.hasRemaining()) {
            throw wrong("bytes that belong to no input", behind.remaining(), "as many as binary_data_size says");
        }
        List<WantedOutput> outputs = new ArrayList<>();
        if (root.has("outputs")) {
            for (JsonNode output : array(root, "outputs")) {
                JsonNode parameters = output.path("parameters");
                JsonNode binary = parameters.path("binary_data");
                outputs.add(new WantedOutput(
                        text(output, "name"),
                        binary.isMissingNode() ? null : flag(binary, "binary_data"),
                        parameters.has("classification") ? count(parameters.get("classification")) : 0));
            }
        }
        JsonNode binary = root.path("parameters").path("binary_data_output");
        return new InferRequest(
                root.hasNonNull("id") ? text(root, "id") : null,
                inputs,
                outputs,
                !binary.isMissingNode() && flag(binary, "binary_data_output"));
    }

    /** This request without its inputs, which take much memory while it waits for its answer. */
    InferRequest withoutInputs() {
        return new InferRequest(id, List.of(), outputs, binaryOutputs);
    }

    private static JsonNode root(byte[] body, int jsonLength) {
        if (jsonLength < 0 || jsonLength > body.length) {
            throw wrong("no such length of the JSON", jsonLength, "0 to the " + body.length + " bytes of the body");
        }
        try {
            JsonNode root = JSON.readTree(body, 0, jsonLength);
            if (root == null || !root.isObject()) {
                throw wrong("the body is no JSON object", root == null ? "nothing" : root.getNodeType(), "an object");
            }
            return root;
        } catch (StreamConstraintsException e) {
            throw wrong("the JSON is too deep or too long", "a body of " + jsonLength + " bytes", LIMITS);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String got = "a fault in line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw wrong("the body is no JSON", got, "an object with inputs");
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is in memory
        }
    }

    private static Tensor tensor(JsonNode input, ByteBuffer behind) {
        int[] shape = StreamSupport.stream(array(input, "shape").spliterator(), false)
                .mapToInt(InferRequest::extent)
                .toArray();
        if (shape.length == 0 || shape.length > MOST_RANK) {
            throw wrong("a shape of another rank", shape.length, "1 to " + MOST_RANK);
        }
        JsonNode data = input.get("data");
        JsonNode size = input.path("parameters").path("binary_data_size");
        ByteBuffer bytes = null;
        if (!size.isMissingNode()) {
            if (!size.canConvertToInt() || size.asInt() < 0 || size.asInt() > behind.remaining()) {
                throw wrong("no such binary_data_size", size, "0 to " + behind.remaining() + " bytes that follow");
            }
            bytes = behind.slice(behind.position(), size.asInt()).order(ByteOrder.LITTLE_ENDIAN);
            behind.position(behind.position() + size.asInt());
        }
        if ((bytes == null) == (data == null)) {
            throw wrong(
                    "an input with data and bytes, or with neither",
                    data == null ? "neither" : "both",
                    "data, or parameters.binary_data_size");
        }
        return new Tensor(text(input, "name"), text(input, "datatype"), shape, data, bytes);
    }

    private static int extent(JsonNode node) {
        if (!node.canConvertToInt() || !node.isIntegralNumber() || node.asInt() < 0) {
            throw wrong("no extent of a shape", node, "an integer of 0 or more");
        }
        return node.asInt();
    }

    private static int count(JsonNode node) {
        if (!node.canConvertToInt() || !node.isIntegralNumber()) {
            throw wrong("no such classification", node, "how many of the likeliest are wanted");
        }
        return node.asInt();
    }

    private static JsonNode array(JsonNode node, String field) {
        JsonNode array = node.path(field);
        if (!array.isArray()) {
            throw wrong(field + " is missing", array.getNodeType(), "an array");
        }
        return array;
    }

    private static String text(JsonNode node, String field) {
        JsonNode text = node.path(field);
        if (!text.isTextual()) {
            throw wrong(field + " is missing", text.getNodeType(), "text");
        }
        return text.asText();
    }

    private static boolean flag(JsonNode node, String name) {
        if (!node.isBoolean()) {
            throw wrong(name + " is neither true nor false", node, "true or false");
        }
        return node.asBoolean();
    }

    static TandemException wrong(String what, Object got, Object expected) {
        String text = String.valueOf(got);
        return TandemException.argument(
                OPERATION,
                what,
                text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) + "..." : text,
                expected,
                "");
    }
}

package dev.tandem.web.service;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.web.service.InferRequest.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** The rows of an input of the Open Inference Protocol: image files, or the network's own input. */
final class InferInputs {
    private InferInputs() {}

    /** Image files; in JSON as base64, as a file is no text. */
    static List<byte[]> files(Tensor input) {
        require(input, "BYTES");
        int rows = rows(input, new int[0]);
        List<byte[]> files = new ArrayList<>();
        if (input.bytes() == null) {
            List<JsonNode> flat = new ArrayList<>();
            flatten(input.data(), rows, flat);
            for (JsonNode text : flat) {
                files.add(decoded(text));
            }
        } else {
            ByteBuffer bytes = input.bytes();
            while (bytes.hasRemaining() && files.size() <= rows) {
                int length = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
                if (length < 0 || length > bytes.remaining()) {
                    throw InferRequest.wrong(
                            "an element that does not end in the input", length, "at most " + bytes.remaining());
                }
                byte[] file = new byte[length];
                bytes.get(file);
                files.add(file);
            }
        }
        requireCount(files.size(), rows);
        return files;
    }

    private static byte[] decoded(JsonNode text) {
        try {
            return Base64.getDecoder().decode(text.isTextual() ? text.asText() : "?");
        } catch (IllegalArgumentException e) {
            throw InferRequest.wrong("an element that is no base64", text.getNodeType(), "an image file in base64");
        }
    }

    /**
     * Inputs of the network.
     *
     * @param row the extents of one
     */
    static List<float[]> numbers(Tensor input, List<Integer> row) {
        require(input, "FP32");
        int[] extents = row.stream().mapToInt(Integer::intValue).toArray();
        int rows = rows(input, extents);
        int length = Arrays.stream(extents).reduce(1, (a, b) -> a * b);
        List<float[]> all = new ArrayList<>();
        if (input.bytes() == null) {
            List<JsonNode> flat = new ArrayList<>();
            flatten(input.data(), (long) rows * length, flat);
            requireCount(flat.size(), (long) rows * length);
            for (int i = 0; i < rows; i++) {
                float[] one = new float[length];
                for (int j = 0; j < length; j++) {
                    one[j] = number(flat.get(i * length + j));
                }
                all.add(one);
            }
        } else {
            requireCount(input.bytes().remaining(), (long) rows * length * Float.BYTES);
            for (int i = 0; i < rows; i++) {
                float[] one = new float[length];
                input.bytes()
                        .slice(i * length * Float.BYTES, length * Float.BYTES)
                        .order(input.bytes().order())
                        .asFloatBuffer()
                        .get(one);
                all.add(one);
            }
        }
        return all;
    }

    private static float number(JsonNode node) {
        if (!node.isNumber()) {
            throw InferRequest.wrong("an element that is no number", node.getNodeType(), "a number");
        }
        return node.floatValue();
    }

    private static void require(Tensor input, String datatype) {
        if (!input.datatype().equals(datatype)) {
            throw InferRequest.wrong("another datatype of " + input.name(), input.datatype(), datatype);
        }
    }

    /** The rows of a shape; for files, an extent of 1 may follow, as many clients have it. */
    private static int rows(Tensor input, int[] row) {
        int[] shape = input.shape();
        int[] behind = Arrays.copyOfRange(shape, 1, shape.length);
        boolean fits = Arrays.equals(behind, row) || row.length == 0 && Arrays.equals(behind, new int[] {1});
        if (!fits || shape[0] < 1 || shape[0] > RequestImages.MOST) {
            throw InferRequest.wrong(
                    "another shape of " + input.name(),
                    Arrays.toString(shape),
                    "1 to " + RequestImages.MOST
                            + (row.length == 0 ? " image files: [N] or [N, 1]" : " rows of " + Arrays.toString(row)));
        }
        return shape[0];
    }

    /** Elements may be nested as the shape is, or one after the other. */
    private static void flatten(JsonNode node, long most, List<JsonNode> flat) {
        for (JsonNode element : node) {
            if (element.isArray()) {
                flatten(element, most, flat);
            } else if (flat.size() <= most) {
                flat.add(element);
            }
        }
    }

    private static void requireCount(long found, long expected) {
        if (found != expected) {
            throw InferRequest.wrong("another number of elements than the shape says", found, expected);
        }
    }
}

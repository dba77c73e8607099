package dev.tandem.nn.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.tandem.spi.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file. It is read token by token, so that its memory is bounded by the tensors that
 * it names.
 *
 * @param tensors by name, in the file's order; unmodifiable
 * @param metadata unmodifiable
 */
record SafetensorsHeader(Map<String, Located> tensors, Map<String, String> metadata) {
    private static final String METADATA = "__metadata__";
    private static final int MAX_RANK = 8;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxStringLength(1 << 24)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    SafetensorsHeader {
        tensors = Collections.unmodifiableMap(tensors);
        metadata = Collections.unmodifiableMap(metadata);
    }

    /**
     * The place of a tensor in the file.
     *
     * @param type the name of its element type
     * @param extents of its shape
     * @param from the offset of its first element in the data, in bytes
     * @param to the offset behind its last element
     */
    record Located(String type, List<Long> extents, long from, long to) {
        /** Its shape; null for an empty tensor, or one of 2^31 elements or more, which Tandem does not have. */
        Shape shape() {
            long elements = 1;
            for (long extent : extents) {
                if (extent < 1 || extent > Integer.MAX_VALUE / elements) {
                    return null;
                }
                elements *= extent;
            }
            return Shape.of(extents.stream().mapToInt(Long::intValue).toArray());
        }
    }

    /** Why a header is refused. */
    static final class Damage extends Exception {
        private static final long serialVersionUID = 1L;

        private final String got;
        private final String expected;

        Damage(String wrong, Object got, String expected) {
            super(wrong);
            this.got = String.valueOf(got);
            this.expected = expected;
        }

        String got() {
            return got;
        }

        String expected() {
            return expected;
        }
    }

    /**
     * Reads a header.
     *
     * @param dataBytes the bytes behind it: tensors must lie inside
     */
    static SafetensorsHeader parse(byte[] json, long dataBytes) throws IOException, Damage {
        Map<String, Located> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(json)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, "header is not an object", parser);
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                require(parser.nextToken() == JsonToken.START_OBJECT, "entry of " + name + " is not an object", parser);
                if (name.equals(METADATA)) {
                    readMetadata(parser, metadata);
                } else {
                    tensors.put(name, located(parser, name, dataBytes));
                }
            }
            require(parser.currentToken() == JsonToken.END_OBJECT, "header is not an object", parser);
        } catch (JsonProcessingException e) {
            throw new Damage("header is not JSON", e.getOriginalMessage(), "a JSON object");
        }
        return new SafetensorsHeader(tensors, metadata);
    }

    private static void require(boolean holds, String wrong, JsonParser parser) throws Damage {
        if (!holds) {
            throw new Damage(wrong, parser.currentToken(), "a JSON object");
        }
    }

    private static void readMetadata(JsonParser parser, Map<String, String> metadata) throws IOException, Damage {
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            if (!parser.nextToken().isScalarValue()) {
                throw new Damage("metadata entry " + key + " is no text", parser.currentToken(), "a string");
            }
            metadata.put(key, parser.getText());
        }
    }

    private static Located located(JsonParser parser, String name, long dataBytes) throws IOException, Damage {
        String type = "";
        List<Long> extents = null;
        List<Long> offsets = null;
        for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
            parser.nextToken();
            switch (key) {
                case "dtype" -> type = parser.getText();
                case "shape" -> extents = numbers(parser, MAX_RANK);
                case "data_offsets" -> offsets = numbers(parser, 2);
                default -> parser.skipChildren();
            }
        }
        if (type.isEmpty() || extents == null || offsets == null || offsets.size() != 2) {
            throw new Damage(
                    "entry of " + name + " is incomplete",
                    "type " + type + ", shape " + extents + ", offsets " + offsets,
                    "a type, a shape of up to " + MAX_RANK + " extents and two offsets");
        }
        Located located = new Located(type, extents, offsets.get(0), offsets.get(1));
        if (located.from() < 0 || located.to() < located.from() || located.to() > dataBytes) {
            throw new Damage(
                    "elements of " + name + " lie outside of the file",
                    located.from() + " to " + located.to(),
                    "offsets within " + dataBytes);
        }
        requireBytes(name, located);
        return located;
    }

    /** Checks the number of bytes against the shape, for a type that Tandem reads. */
    private static void requireBytes(String name, Located located) throws Damage {
        ElementType element = ElementType.named(located.type());
        long bytes = element == null ? 0 : element.bytes();
        for (long extent : located.extents()) {
            if (extent < 0 || (extent > 0 && bytes > Long.MAX_VALUE / extent)) {
                throw new Damage("shape of " + name, located.extents(), "extents of 0 or more");
            }
            bytes *= extent;
        }
        if (element != null && located.to() - located.from() != bytes) {
            throw new Damage(
                    "elements of " + name + " do not agree with its shape",
                    located.to() - located.from() + " bytes",
                    bytes + " bytes");
        }
    }

    /** An array of up to {@code most} whole numbers; null for anything else. */
    private static List<Long> numbers(JsonParser parser, int most) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return null;
        }
        List<Long> numbers = new ArrayList<>();
        boolean whole = true;
        while (parser.nextToken() != JsonToken.END_ARRAY && parser.currentToken() != null) {
            whole &= parser.currentToken() == JsonToken.VALUE_NUMBER_INT && numbers.size() < most;
            if (whole) {
                numbers.add(parser.getLongValue());
            } else {
                parser.skipChildren();
            }
        }
        return whole ? numbers : null;
    }
}

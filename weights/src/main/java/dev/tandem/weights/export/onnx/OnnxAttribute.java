package dev.tandem.weights.export.onnx;

import dev.tandem.nn.file.ProtoMessage;
import java.nio.charset.StandardCharsets;

/** Attributes of a node: an AttributeProto. */
final class OnnxAttribute {
    private static final int NAME = 1;
    private static final int FLOAT = 2;
    private static final int INT = 3;
    private static final int STRING = 4;
    private static final int TENSOR = 5;
    private static final int INTS = 8;
    private static final int TYPE = 20;

    private static final int FLOAT_TYPE = 1;
    private static final int INT_TYPE = 2;
    private static final int STRING_TYPE = 3;
    private static final int TENSOR_TYPE = 4;
    private static final int INTS_TYPE = 7;

    private OnnxAttribute() {}

    static ProtoMessage decimal(String name, double value) {
        return of(name, FLOAT_TYPE).decimal(FLOAT, (float) value);
    }

    static ProtoMessage number(String name, long value) {
        return of(name, INT_TYPE).number(INT, value);
    }

    static ProtoMessage text(String name, String value) {
        return of(name, STRING_TYPE).bytes(STRING, value.getBytes(StandardCharsets.UTF_8));
    }

    static ProtoMessage numbers(String name, long... values) {
        ProtoMessage attribute = of(name, INTS_TYPE);
        for (long value : values) {
            attribute.number(INTS, value);
        }
        return attribute;
    }

    static ProtoMessage tensor(String name, ProtoMessage value) {
        return of(name, TENSOR_TYPE).message(TENSOR, value);
    }

    private static ProtoMessage of(String name, int type) {
        return new ProtoMessage().text(NAME, name).number(TYPE, type);
    }
}

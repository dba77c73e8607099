package dev.tandem.weights.onnx;

import dev.tandem.weights.protobuf.TestMessage;

/** Writes small ONNX models. */
public final class TestOnnx {
    static final int FLOAT = 1;
    static final int INT64 = 7;
    static final int HALF = 10;
    static final int DOUBLE = 11;
    static final int BRAIN = 16;

    private TestOnnx() {}

    /** A graph of every kind of node, attribute and tensor. */
    public static TestMessage model() {
        TestMessage conv = new TestMessage()
                .text(1, "data_0")
                .text(1, "w")
                .text(1, "b")
                .text(2, "y")
                .text(3, "first")
                .text(4, "Conv")
                .message(5, attribute("group").integer(3, 2).integer(20, 2))
                .message(5, attribute("alpha").number(2, 0.5f))
                .message(5, attribute("auto_pad").text(4, "SAME_UPPER"))
                .message(5, attribute("pads").integers(8, 1, 1, 2, 2))
                .message(5, attribute("strides").integer(8, 4).integer(8, 4))
                .message(5, attribute("body").message(6, new TestMessage()));
        TestMessage constant = new TestMessage()
                .text(2, "c")
                .text(4, "Constant")
                .message(5, attribute("value").message(5, tensor("", FLOAT, 2).bytes(4, TestMessage.floats(5, 6))));
        return model(new TestMessage()
                .message(1, conv)
                .message(1, constant)
                .message(5, tensor("w", FLOAT, 1, 2).bytes(9, TestMessage.floats(1, 2)))
                .message(5, tensor("b", FLOAT, 2).number(4, 3f).number(4, 4f))
                .message(5, tensor("scalar", DOUBLE).bytes(10, TestMessage.doubles(0.1)))
                .message(5, tensor("half", HALF, 2).integers(5, 0x3C00, 0xC000))
                .message(5, tensor("rawHalf", HALF, 1).bytes(9, new byte[] {0, 0x3C}))
                .message(5, tensor("brain", BRAIN, 1).integers(5, 0x3F80))
                .message(5, tensor("empty", FLOAT, 0))
                .message(5, tensor("shape", INT64, 2).integers(7, -1, 9216))
                .message(11, input("data_0", new TestMessage().text(2, "N"), new TestMessage().integer(1, 3)))
                .message(11, input("w"))
                .message(12, input("y", new TestMessage())));
    }

    static TestMessage tensor(String name, int type, long... dims) {
        return new TestMessage().integers(1, dims).integer(2, type).text(8, name);
    }

    static TestMessage attribute(String name) {
        return new TestMessage().text(1, name);
    }

    static TestMessage input(String name, TestMessage... dims) {
        TestMessage shape = new TestMessage();
        for (TestMessage dim : dims) {
            shape.message(1, dim);
        }
        TestMessage type =
                new TestMessage().message(1, new TestMessage().integer(1, FLOAT).message(2, shape));
        return new TestMessage().text(1, name).message(2, type);
    }

    static TestMessage model(TestMessage graph) {
        return new TestMessage()
                .integer(1, 8)
                .text(2, "tests")
                .text(3, "1.0")
                .message(7, graph)
                .message(8, new TestMessage().text(1, "other").integer(2, 3))
                .message(8, new TestMessage().text(1, "").integer(2, 17))
                .message(14, new TestMessage().text(1, "tandem.model").text(2, "{}"));
    }
}

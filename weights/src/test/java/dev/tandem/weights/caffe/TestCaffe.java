package dev.tandem.weights.caffe;

import dev.tandem.weights.protobuf.TestMessage;
import java.util.Arrays;

/** Writes small nets and blobs as Caffe does. */
public final class TestCaffe {
    private TestCaffe() {}

    /** A net of the older generation. */
    public static TestMessage olderNet() {
        return new TestMessage()
                .text(1, "AlexNet")
                .message(2, olderLayer("data", 5))
                .message(2, olderLayer("conv1", 4, older(1, 2, 3, 3), older(1, 1, 1, 2)))
                .message(2, olderLayer("norm1", 15))
                .message(2, olderLayer("fc8", 14, older(1, 1, 1, 6), older(1, 1, 1, 1)))
                .message(2, olderLayer("odd", 77, older(1, 1, 1, 4)));
    }

    /** A net of the newer generation. */
    public static TestMessage newerNet() {
        return new TestMessage()
                .text(1, "CaffeNet")
                .message(100, newerLayer("data", "Data"))
                .message(100, newerLayer("conv1", "Convolution", newer(2, 1, 3, 3), newer(2)))
                .message(100, newerLayer("fc8", "InnerProduct", newer(1, 6), older(1, 1, 1, 1)))
                .message(10_000, new TestMessage().text(1, "tandem.model").text(2, "{}"));
    }

    /** A blob of the older kind, with four dimensions. */
    public static TestMessage older(int n, int c, int h, int w) {
        return new TestMessage()
                .integer(1, n)
                .integer(2, c)
                .integer(3, h)
                .integer(4, w)
                .bytes(5, TestMessage.floats(counting(n * c * h * w)));
    }

    /** A blob of the newer kind, with a shape. */
    public static TestMessage newer(int... dims) {
        long[] shape = Arrays.stream(dims).asLongStream().toArray();
        int count = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        return new TestMessage()
                .bytes(5, TestMessage.floats(counting(count)))
                .message(7, new TestMessage().integers(1, shape));
    }

    static TestMessage olderLayer(String name, int type, TestMessage... blobs) {
        TestMessage layer =
                new TestMessage().text(2, "in").text(3, name).text(4, name).integer(5, type);
        for (TestMessage blob : blobs) {
            layer.message(6, blob);
        }
        return layer;
    }

    static TestMessage newerLayer(String name, String type, TestMessage... blobs) {
        TestMessage layer =
                new TestMessage().text(1, name).text(2, type).text(3, "in").text(4, name);
        for (TestMessage blob : blobs) {
            layer.message(7, blob);
        }
        return layer;
    }

    static float[] counting(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = i + 0.5f;
        }
        return numbers;
    }
}

package dev.tandem.weights.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.caffe.BinaryProto;
import dev.tandem.weights.caffe.CaffeFile;
import dev.tandem.weights.protobuf.TestMessage;
import dev.tandem.weights.tensor.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxFileTest {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    private static final int HALF = 10;
    private static final int DOUBLE = 11;
    private static final int BRAIN = 16;
    private static final int FLOAT8 = 17;

    @TempDir
    private Path folder;

    private static TestMessage tensor(String name, int type, long... dims) {
        return new TestMessage().integers(1, dims).integer(2, type).text(8, name);
    }

    private static TestMessage attribute(String name) {
        return new TestMessage().text(1, name);
    }

    private static TestMessage input(String name, TestMessage... dims) {
        TestMessage shape = new TestMessage();
        for (TestMessage dim : dims) {
            shape.message(1, dim);
        }
        TestMessage type =
                new TestMessage().message(1, new TestMessage().integer(1, FLOAT).message(2, shape));
        return new TestMessage().text(1, name).message(2, type);
    }

    private static TestMessage model(TestMessage graph) {
        return new TestMessage()
                .integer(1, 8)
                .text(2, "tests")
                .text(3, "1.0")
                .message(7, graph)
                .message(8, new TestMessage().text(1, "other").integer(2, 3))
                .message(8, new TestMessage().text(1, "").integer(2, 17))
                .message(14, new TestMessage().text(1, "tandem.model").text(2, "{}"));
    }

    /** A graph of every kind of node, attribute and tensor. */
    static TestMessage model() {
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

    private OnnxFile open(TestMessage model) throws IOException {
        return OnnxFile.open(Files.write(folder.resolve("net.onnx"), model.toBytes()));
    }

    private void refused(TestMessage tensor, String... words) {
        assertThatThrownBy(
                        () -> open(model(new TestMessage().message(5, tensor))).close())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContainingAll(words);
    }

    @Test
    void tensorsOfEachType() throws IOException {
        try (OnnxFile file = open(model())) {
            List<StoredTensor> tensors = file.tensors();
            assertThat(tensors)
                    .extracting(StoredTensor::name)
                    .containsExactly("c", "w", "b", "scalar", "half", "rawHalf", "brain", "shape");
            assertThat(tensors)
                    .extracting(StoredTensor::shape)
                    .startsWith(Shape.of(2), Shape.of(1, 2), Shape.of(2), Shape.scalar());
            assertThat(tensors.stream().limit(7).map(StoredTensor::read))
                    .containsExactly(
                            new float[] {5, 6},
                            new float[] {1, 2},
                            new float[] {3, 4},
                            new float[] {0.1f},
                            new float[] {1, -2},
                            new float[] {1},
                            new float[] {1});
            assertThat(tensors.get(7).read()).containsExactly(-1, 9216);
        }
    }

    @Test
    void graph() throws IOException {
        try (OnnxFile file = open(model())) {
            OnnxNode conv = file.nodes().get(0);
            assertThat(conv.type()).isEqualTo("Conv");
            assertThat(conv.inputs()).containsExactly("data_0", "w", "b");
            assertThat(conv.outputs()).containsExactly("y");
            assertThat(conv.integer("group", 1)).isEqualTo(2);
            assertThat(conv.integer("none", 1)).isEqualTo(1);
            assertThat(conv.number("alpha", 1)).isEqualTo(0.5f);
            assertThat(conv.text("auto_pad", "NOTSET")).isEqualTo("SAME_UPPER");
            assertThat(conv.integers("pads", List.of())).containsExactly(1L, 1L, 2L, 2L);
            assertThat(conv.integers("strides", List.of())).containsExactly(4L, 4L);
            assertThat(conv.attributes()).doesNotContainKey("body");
            // The older operation sets list the initializers as inputs.
            assertThat(file.inputs()).containsExactly(new OnnxInput("data_0", List.of(OnnxInput.FREE, 3L)));
            assertThat(file.outputs()).containsExactly(new OnnxInput("y", List.of(OnnxInput.FREE)));
            assertThat(file.metadata())
                    .containsOnly(
                            entry("ir_version", "8"),
                            entry("producer", "tests 1.0"),
                            entry("opset", "17"),
                            entry("tandem.model", "{}"));
        }
    }

    @Test
    void elementsInAnotherFile() {
        TestMessage location = new TestMessage().text(1, "location").text(2, "../weights.bin");
        refused(
                tensor("w", FLOAT, 2).message(13, location).integer(14, 1),
                "the elements of w are in another file",
                "../weights.bin",
                "onnx.save");
        refused(tensor("w", FLOAT, 2).integer(14, 1), "external data");
    }

    @Test
    void tensorsThatDoNotFit() throws IOException {
        refused(tensor("w", FLOAT, 3).bytes(9, TestMessage.floats(1, 2)), "the elements of w", "got 2", "expected 3");
        refused(tensor("w", FLOAT, 1).bytes(9, new byte[7]), "1 and a part of one");
        refused(tensor("w", FLOAT, 1).bytes(4, TestMessage.floats(1, 2)), "got 2", "expected 1");
        refused(tensor("w", FLOAT, 1).bytes(10, TestMessage.doubles(1)), "got 0", "expected 1");
        refused(tensor("w", FLOAT, -1, -1), "the shape of w", "[-1, -1]");
        refused(tensor("w", FLOAT, 1L << 40, 1L << 40), "the shape of w");
        refused(tensor("w", 99, 1), "the type of w", "99");
        refused(tensor("w", 0, 1), "the type of w", "0");
        refused(tensor("w", FLOAT, 1).message(3, new TestMessage()), "a segment of a tensor");
        try (OnnxFile file =
                open(model(new TestMessage().message(5, tensor("w", FLOAT8, 2).bytes(9, new byte[2]))))) {
            assertThatThrownBy(() -> file.tensors().get(0).read()).hasMessageContaining("FLOAT8E4M3FN");
        }
    }

    @Test
    void graphsThatDoNotFit() {
        TestMessage one = tensor("w", FLOAT, 1).bytes(9, TestMessage.floats(1));
        assertThatThrownBy(() -> open(model(new TestMessage().message(5, one).message(5, one))))
                .hasMessageContainingAll("two tensors have one name", "w");
        assertThatThrownBy(() -> open(model(new TestMessage().message(15, one))))
                .hasMessageContaining("sparse tensor");
        assertThatThrownBy(() -> open(new TestMessage().integer(1, 8))).hasMessageContainingAll("its graph", "none");
    }

    @Test
    void theKindByItsFirstBytes() {
        byte[] first = Arrays.copyOf(model().toBytes(), 64);
        assertThat(OnnxFile.matches(first)).isTrue();
        assertThat(CaffeFile.matches(first)).isFalse();
        assertThat(BinaryProto.matches(first)).isFalse();
        byte[] graphNext = Arrays.copyOf(
                new TestMessage().integer(1, 8).text(7, "a".repeat(99)).toBytes(), 64);
        assertThat(OnnxFile.matches(graphNext)).isTrue();
        assertThat(BinaryProto.matches(graphNext)).isFalse();
    }
}

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
    private static final int FLOAT8 = 17;

    @TempDir
    private Path folder;

    private OnnxFile open(TestMessage model) throws IOException {
        return OnnxFile.open(Files.write(folder.resolve("net.onnx"), model.toBytes()));
    }

    private void refused(TestMessage tensor, String... words) {
        assertThatThrownBy(() -> open(TestOnnx.model(new TestMessage().message(5, tensor)))
                        .close())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContainingAll(words);
    }

    @Test
    void tensorsOfEachType() throws IOException {
        try (OnnxFile file = open(TestOnnx.model())) {
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
        try (OnnxFile file = open(TestOnnx.model())) {
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
                TestOnnx.tensor("w", TestOnnx.FLOAT, 2).message(13, location).integer(14, 1),
                "the elements of w are in another file",
                "../weights.bin",
                "onnx.save");
        refused(TestOnnx.tensor("w", TestOnnx.FLOAT, 2).integer(14, 1), "external data");
    }

    @Test
    void tensorsThatDoNotFit() throws IOException {
        refused(
                TestOnnx.tensor("w", TestOnnx.FLOAT, 3).bytes(9, TestMessage.floats(1, 2)),
                "the elements of w",
                "got 2",
                "expected 3");
        refused(TestOnnx.tensor("w", TestOnnx.FLOAT, 1).bytes(9, new byte[7]), "1 and a part of one");
        refused(TestOnnx.tensor("w", TestOnnx.FLOAT, 1).bytes(4, TestMessage.floats(1, 2)), "got 2", "expected 1");
        refused(TestOnnx.tensor("w", TestOnnx.FLOAT, 1).bytes(10, TestMessage.doubles(1)), "got 0", "expected 1");
        refused(TestOnnx.tensor("w", TestOnnx.FLOAT, -1, -1), "the shape of w", "[-1, -1]");
        refused(TestOnnx.tensor("w", TestOnnx.FLOAT, 1L << 40, 1L << 40), "the shape of w");
        refused(TestOnnx.tensor("w", 99, 1), "the type of w", "99");
        refused(TestOnnx.tensor("w", 0, 1), "the type of w", "0");
        refused(TestOnnx.tensor("w", TestOnnx.FLOAT, 1).message(3, new TestMessage()), "a segment of a tensor");
        try (OnnxFile file = open(TestOnnx.model(
                new TestMessage().message(5, TestOnnx.tensor("w", FLOAT8, 2).bytes(9, new byte[2]))))) {
            assertThatThrownBy(() -> file.tensors().get(0).read()).hasMessageContaining("FLOAT8E4M3FN");
        }
    }

    @Test
    void graphsThatDoNotFit() {
        TestMessage one = TestOnnx.tensor("w", TestOnnx.FLOAT, 1).bytes(9, TestMessage.floats(1));
        assertThatThrownBy(() ->
                        open(TestOnnx.model(new TestMessage().message(5, one).message(5, one))))
                .hasMessageContainingAll("two tensors have one name", "w");
        assertThatThrownBy(() -> open(TestOnnx.model(new TestMessage().message(15, one))))
                .hasMessageContaining("sparse tensor");
        assertThatThrownBy(() -> open(new TestMessage().integer(1, 8))).hasMessageContainingAll("its graph", "none");
    }

    @Test
    void theKindByItsFirstBytes() {
        byte[] first = Arrays.copyOf(TestOnnx.model().toBytes(), 64);
        assertThat(OnnxFile.matches(first)).isTrue();
        assertThat(CaffeFile.matches(first)).isFalse();
        assertThat(BinaryProto.matches(first)).isFalse();
        byte[] graphNext = Arrays.copyOf(
                new TestMessage().integer(1, 8).text(7, "a".repeat(99)).toBytes(), 64);
        assertThat(OnnxFile.matches(graphNext)).isTrue();
        assertThat(BinaryProto.matches(graphNext)).isFalse();
    }
}

package dev.tandem.weights.caffe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.onnx.OnnxFile;
import dev.tandem.weights.protobuf.TestMessage;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaffeFileTest {
    @TempDir
    private Path folder;

    private TensorFile open(TestMessage net) throws IOException {
        return open(net.toBytes());
    }

    private TensorFile open(byte[] bytes) throws IOException {
        return CaffeFile.open(Files.write(folder.resolve("net.caffemodel"), bytes));
    }

    private void refused(TestMessage net, String... words) {
        assertThatThrownBy(() -> open(net).close())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContainingAll(words);
    }

    @Test
    void olderGeneration() throws IOException {
        try (TensorFile file = open(TestCaffe.olderNet())) {
            assertThat(file.metadata())
                    .containsOnly(
                            entry("name", "AlexNet"),
                            entry("layers", "data:Data,conv1:Convolution,norm1:LRN,fc8:InnerProduct,odd:77"));
            assertThat(file.tensors())
                    .extracting(StoredTensor::name)
                    .containsExactly("conv1.0", "conv1.1", "fc8.0", "fc8.1", "odd.0");
            // A convolution of one output keeps its four dimensions, an inner product of one output its two.
            assertThat(file.tensors())
                    .extracting(StoredTensor::shape)
                    .containsExactly(Shape.of(1, 2, 3, 3), Shape.of(2), Shape.of(1, 6), Shape.of(1), Shape.of(4));
            assertThat(file.tensors().get(0).read()).isEqualTo(TestCaffe.counting(18));
        }
    }

    @Test
    void newerGeneration() throws IOException {
        try (TensorFile file = open(TestCaffe.newerNet())) {
            assertThat(file.metadata())
                    .containsOnly(
                            entry("name", "CaffeNet"),
                            entry("layers", "data:Data,conv1:Convolution,fc8:InnerProduct"),
                            entry("tandem.model", "{}"));
            assertThat(file.tensors())
                    .extracting(StoredTensor::shape)
                    .containsExactly(Shape.of(2, 1, 3, 3), Shape.of(2), Shape.of(1, 6), Shape.of(1));
            assertThat(file.tensors().get(2).read()).isEqualTo(TestCaffe.counting(6));
        }
    }

    @Test
    void numbersOfDoublePrecisionOrUnpacked() throws IOException {
        TestMessage doubles = new TestMessage()
                .message(7, new TestMessage().integer(1, 2).integer(1, 1))
                .bytes(8, TestMessage.doubles(0.1, 2));
        TestMessage single = new TestMessage()
                .integer(1, 1)
                .integer(2, 1)
                .integer(3, 1)
                .integer(4, 2)
                .number(5, 3f)
                .number(5, 4f);
        TestMessage net = new TestMessage().message(100, TestCaffe.newerLayer("fc8", "InnerProduct", doubles, single));
        try (TensorFile file = open(net)) {
            assertThat(file.tensors()).extracting(StoredTensor::type).containsExactly("F64", "F32");
            assertThat(file.tensors().get(0).read()).containsExactly(0.1f, 2);
            assertThat(file.tensors().get(1).read()).containsExactly(3, 4);
        }
    }

    private static TestMessage netOf(TestMessage... blobs) {
        return new TestMessage().message(100, TestCaffe.newerLayer("fc8", "InnerProduct", blobs));
    }

    @Test
    void shapesThatDoNotFit() {
        byte[] two = TestMessage.floats(1, 2);
        refused(netOf(new TestMessage().bytes(5, two)), "the shape of fc8.0", "none");
        TestMessage three = new TestMessage().bytes(5, two).message(7, new TestMessage().integers(1, 3));
        refused(netOf(three), "the numbers of fc8.0", "got 2", "expected 3");
        refused(netOf(new TestMessage().message(7, new TestMessage().integers(1, 3))), "got none");
        TestMessage negative = new TestMessage().bytes(5, two).message(7, new TestMessage().integers(1, -2, -1));
        refused(netOf(negative), "the shape of fc8.0", "[-2, -1]");
        TestMessage huge = new TestMessage().message(7, new TestMessage().integers(1, 1L << 40, 1L << 40));
        refused(netOf(huge), "the shape of fc8.0", "fewer than 2^31");
        TestMessage flat = new TestMessage().bytes(5, two).message(7, new TestMessage().integers(1, 2, 0));
        refused(netOf(flat), "the shape of fc8.0", "[2, 0]");
        TestMessage nine =
                new TestMessage().bytes(5, two).message(7, new TestMessage().integers(1, 1, 1, 1, 1, 1, 1, 1, 1, 2));
        refused(netOf(nine), "more than 8");
        refused(netOf(new TestMessage().integer(1, 1).bytes(5, two)), "the shape of fc8.0", "[0, 0, 0]");
        TestMessage both = TestCaffe.newer(2).bytes(8, TestMessage.doubles(1, 2));
        refused(netOf(both), "2 of single and 2 of double precision");
    }

    @Test
    void netsThatDoNotFit() {
        TestMessage layer = TestCaffe.newerLayer("a\u001b[2J", "InnerProduct", TestCaffe.newer(2));
        refused(new TestMessage().message(100, layer).message(100, layer), "two tensors have one name", "a\\u001b[2J");
        refused(
                new TestMessage().text(1, "a").message(100, TestCaffe.newerLayer("data", "Data")),
                "no weights",
                "prototxt");
        refused(new TestMessage(), "no weights", "0 layers");
        TestMessage first =
                new TestMessage().message(1, new TestMessage().text(1, "conv1").text(2, "conv"));
        refused(new TestMessage().message(2, first), "upgrade_net_proto_binary");
        TestMessage longName = TestCaffe.newerLayer("a".repeat(257), "InnerProduct", TestCaffe.newer(2));
        refused(new TestMessage().message(100, longName), "the name of a layer", "257");
    }

    @Test
    void noFile() {
        assertThatThrownBy(() -> CaffeFile.open(folder.resolve("none"))).hasMessageContaining("nothing there");
        assertThatThrownBy(() -> CaffeFile.open(folder)).hasMessageContaining("no plain file");
    }

    @Test
    void meanImage() throws IOException {
        Path path = folder.resolve("mean.binaryproto");
        Files.write(path, TestCaffe.older(1, 3, 2, 2).toBytes());
        try (TensorFile mean = BinaryProto.open(path)) {
            assertThat(mean.tensors()).hasSize(1);
            assertThat(mean.tensors().get(0).shape()).isEqualTo(Shape.of(3, 2, 2));
            assertThat(mean.tensors().get(0).read()).isEqualTo(TestCaffe.counting(12));
        }
        Files.write(path, TestCaffe.newer(3, 2, 2).toBytes());
        try (TensorFile mean = BinaryProto.open(path)) {
            assertThat(mean.tensors().get(0).shape()).isEqualTo(Shape.of(3, 2, 2));
        }
    }

    private static byte[] beginning(TestMessage message) {
        return Arrays.copyOf(message.toBytes(), Math.min(64, message.toBytes().length));
    }

    @Test
    void kindsByTheirFirstBytes() {
        for (TestMessage net : List.of(
                TestCaffe.olderNet(),
                TestCaffe.newerNet(),
                netOf(TestCaffe.newer(2)),
                new TestMessage().message(2, TestCaffe.olderLayer("a", 5)))) {
            assertThat(CaffeFile.matches(beginning(net))).isTrue();
            assertThat(BinaryProto.matches(beginning(net))).isFalse();
            assertThat(OnnxFile.matches(beginning(net))).isFalse();
        }
        for (TestMessage blob : List.of(
                TestCaffe.older(1, 3, 2, 2),
                TestCaffe.older(1, 3, 256, 256),
                TestCaffe.newer(2),
                TestCaffe.newer(3, 256, 256))) {
            assertThat(BinaryProto.matches(beginning(blob))).isTrue();
            assertThat(CaffeFile.matches(beginning(blob))).isFalse();
            assertThat(OnnxFile.matches(beginning(blob))).isFalse();
        }
        byte[] safetensors = new byte[64];
        safetensors[0] = 0x0A;
        safetensors[1] = 0x20;
        safetensors[8] = '{';
        assertThat(CaffeFile.matches(safetensors)).isFalse();
        byte[] huge = {0x0A, -1, -1, -1, -1, -1, -1, -1, -1, 0x7F, 1, 1};
        assertThat(CaffeFile.matches(huge)).isFalse();
        assertThat(CaffeFile.matches(new byte[0])).isFalse();
        assertThat(CaffeFile.matches(new byte[] {0x0A})).isFalse();
        assertThat(CaffeFile.matches("name: \"AlexNet\"\nlayers {".getBytes(StandardCharsets.UTF_8)))
                .isFalse();
    }
}

package dev.tandem.weights.matlab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.Layout;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.MatFile.Entry;
import us.hebi.matlab.mat.types.MatlabType;

class MatFileTest {
    @TempDir
    private Path folder;

    private TensorFile open(byte[] bytes) throws IOException {
        return MatFile.open(Files.write(folder.resolve("net.mat"), bytes));
    }

    private TensorFile open(us.hebi.matlab.mat.types.MatFile file) throws IOException {
        return open(TestMat.bytes(file, Deflater.NO_COMPRESSION));
    }

    private void refused(byte[] bytes, String... words) {
        assertThatThrownBy(() -> open(bytes).close())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContainingAll(words);
    }

    @ParameterizedTest
    @ValueSource(ints = {Deflater.NO_COMPRESSION, Deflater.BEST_SPEED})
    void newerLayoutPackedOrNot(int deflateLevel) throws IOException {
        try (TensorFile file = open(TestMat.bytes(TestMat.newer(), deflateLevel))) {
            assertThat(file.tensors())
                    .extracting(StoredTensor::name)
                    .containsExactly("conv1.0", "conv1.1", "fc8.0", "fc8.1", "averageImage");
            // MATLAB leaves out the last dimension if it is 1: fc8 has one output.
            assertThat(file.tensors())
                    .extracting(StoredTensor::shape)
                    .containsExactly(
                            Shape.of(2, 3, 3, 2), Shape.of(2), Shape.of(1, 2, 1, 1), Shape.of(1), Shape.of(3, 3, 2));
            assertThat(file.metadata())
                    .containsOnly(
                            entry("layers", "conv1:conv,norm1:normalize,fc8:conv,prob:softmax"),
                            entry("norm1.param", "5,1,0.5,0.75"),
                            entry("normalization.imageSize", "227,227,3"),
                            entry("normalization.interpolation", "bicubic"),
                            entry("classes.name", "[\"n01440764\",\"n01443537\"]"),
                            entry("classes.description", "[\"tench, \\\"Tinca tinca\\\"\",\"köter\"]"));
        }
    }

    /** Shape (outputs, inputs, width, height): exchanging the last two gives what other programs have. */
    @Test
    void elementsWithHeightInnermost() throws IOException {
        try (TensorFile file = open(TestMat.newer())) {
            StoredTensor filters = file.tensors().get(0);
            float[] own = new float[2 * 3 * 2 * 3]; // (outputs, inputs, height, width)
            filters.scatter(own, new Layout(0, new int[] {2, 3, 3, 2}, new int[] {18, 6, 1, 3}));
            for (int o = 0, at = 0; o < 2; o++) {
                for (int i = 0; i < 3; i++) {
                    for (int h = 0; h < 2; h++) {
                        for (int w = 0; w < 3; w++, at++) {
                            assertThat(own[at]).isEqualTo(1000 * h + 100 * w + 10 * i + o);
                        }
                    }
                }
            }
        }
    }

    @Test
    void olderLayout() throws IOException {
        try (TensorFile file = open(TestMat.older())) {
            assertThat(file.tensors())
                    .extracting(StoredTensor::name)
                    .containsExactly("conv1.0", "conv1.1", "averageImage");
            assertThat(file.tensors().get(1).shape()).isEqualTo(Shape.of(2));
            assertThat(file.metadata()).containsKeys("classes.name", "normalization.imageSize");
        }
    }

    /** MATLAB stores whole numbers in as few bytes as they need, whatever the array's class. */
    @Test
    void numbersInAnotherTypeThanTheirClass() throws IOException {
        var biases = Mat5.newMatrix(new int[] {1, 3}, MatlabType.Int8);
        biases.setInt(1, -7);
        var layer = TestMat.layer("conv1", "conv").set("weights", TestMat.cell(TestMat.filters(1, 1, 1, 2), biases));
        try (TensorFile file = open(Mat5.newMatFile().addArray("layers", TestMat.cell(layer)))) {
            assertThat(file.tensors().get(1).type()).isEqualTo("I8");
            assertThat(file.tensors().get(1).read()).containsExactly(0, -7, 0);
        }
    }

    @Test
    void otherFiles() throws IOException {
        byte[] net = TestMat.bytes(TestMat.newer(), Deflater.NO_COMPRESSION);
        refused(TestMat.bytes(Mat5.newMatFile().addArray("other", TestMat.filters(2, 2)), 0), "no layers with weights");
        var text = TestMat.layer("conv1", "conv").set("weights", TestMat.cell(Mat5.newString("a")));
        refused(TestMat.bytes(Mat5.newMatFile().addArray("layers", TestMat.cell(text)), 0), "conv1.0", "no numbers");
        byte[] bigEndian = net.clone();
        bigEndian[126] = 'M';
        bigEndian[127] = 'I';
        refused(bigEndian, "big-endian");
        byte[] newest = "MATLAB 7.3 MAT-file, Platform: GLNXA64".getBytes(StandardCharsets.US_ASCII);
        refused(newest, "version 7.3", "-v7'");
        refused(new byte[200], "its first bytes");
        refused(Arrays.copyOf(net, 100), "its first bytes");
        refused(Arrays.copyOf(net, net.length - 8), "a variable at byte");
        assertThat(MatFile.matches(net)).isTrue();
        assertThat(MatFile.matches(newest)).isTrue();
        assertThat(MatFile.matches(new byte[0])).isFalse();
        assertThat(MatFile.matches(new byte[64])).isFalse();
    }

    @Test
    void twoLayersOfOneName() {
        var layer = TestMat.layer("conv1", "conv").set("weights", TestMat.cell(TestMat.filters(1, 1)));
        refused(
                TestMat.bytes(Mat5.newMatFile().addArray("layers", TestMat.cell(layer, layer)), 0),
                "one name",
                "conv1.0");
    }

    private static byte[] changed(byte[] net, int[] from, int[] to) {
        ByteBuffer bytes = ByteBuffer.wrap(net.clone()).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at + 4 * from.length <= net.length; at += 4) {
            int first = at;
            boolean found = true;
            for (int i = 0; i < from.length; i++) {
                found &= bytes.getInt(first + 4 * i) == from[i];
            }
            if (found) {
                for (int i = 0; i < to.length; i++) {
                    bytes.putInt(at + 4 * i, to[i]);
                }
                return bytes.array();
            }
        }
        throw new AssertionError("not there: " + Arrays.toString(from));
    }

    @Test
    void lengthsThatDoNotFit() {
        byte[] net = TestMat.bytes(TestMat.newer(), Deflater.NO_COMPRESSION);
        int[] filters = {5, 16, 2, 3, 3, 2}; // the tag of four dimensions, and the dimensions
        refused(changed(net, filters, new int[] {5, 16, 2, 3, 3, 9}), "the numbers of an array", "144 bytes");
        refused(changed(net, filters, new int[] {5, 16, 1 << 20, 1 << 20, 3, 2}), "the size of an array");
        refused(changed(net, filters, new int[] {5, 16, -2, 3, 3, 2}), "the size of an array");
        refused(changed(net, filters, new int[] {5, 12, 2, 3, 3, 2}), "byte");
        int[] cell = {5, 8, 1, 4}; // of four layers
        refused(changed(net, cell, new int[] {5, 8, 1, 5}), "byte");
        refused(changed(net, cell, new int[] {5, 8, 1, 1 << 30}), "arrays inside of an array");
        refused(changed(net, new int[] {7, 144}, new int[] {99, 144}), "the type of numbers", "99");
    }

    @Test
    void packedDataThatDoNotFit() {
        byte[] packed = TestMat.bytes(TestMat.newer(), Deflater.BEST_SPEED);
        byte[] damaged = packed.clone();
        Arrays.fill(damaged, 150, 170, (byte) -1);
        refused(damaged, "a packed variable");
        byte[] early = packed.clone();
        int length = ByteBuffer.wrap(early).order(ByteOrder.LITTLE_ENDIAN).getInt(132);
        byte[] cut = Arrays.copyOf(early, 136 + length - 20);
        ByteBuffer.wrap(cut).order(ByteOrder.LITTLE_ENDIAN).putInt(132, length - 20);
        refused(cut, "a packed variable", "an early end");
        var zeros = Mat5.newMatFile().addArray("layers", Mat5.newMatrix(1500, 500));
        byte[] bomb = bytesOfAll(zeros);
        refused(bomb, "its packed variables", "at most");
    }

    private static byte[] bytesOfAll(us.hebi.matlab.mat.types.MatFile file) {
        assertThat(file.getEntries()).extracting(Entry::getName).contains("layers");
        return TestMat.bytes(file, Deflater.BEST_COMPRESSION);
    }
}

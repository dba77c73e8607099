package dev.tandem.weights.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KerasFileTest {
    @TempDir
    private Path folder;

    private TensorFile open(byte[] bytes) throws IOException {
        return KerasFile.open(Files.write(folder.resolve("weights.h5"), bytes));
    }

    private void refused(byte[] bytes, String... words) {
        assertThatThrownBy(() -> open(bytes).close())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                .hasMessageContainingAll(words);
    }

    private void assertNet(byte[] bytes) throws IOException {
        try (TensorFile file = open(bytes)) {
            assertThat(file.tensors())
                    .extracting(StoredTensor::name)
                    .containsExactly("conv_1/conv_1_W", "conv_1/conv_1_b", "dense_3/dense_3_W", "dense_3/dense_3_b");
            assertThat(file.tensors())
                    .extracting(StoredTensor::shape)
                    .containsExactly(Shape.of(2, 1, 3, 3), Shape.of(2), Shape.of(3, 2), Shape.of(2));
            assertThat(file.tensors()).extracting(StoredTensor::type).containsOnly("F32");
            float[] kernels = file.tensors().get(0).read();
            for (int i = 0; i < 18; i++) {
                assertThat(kernels[i]).isEqualTo(i + 0.5f);
            }
            assertThat(file.tensors().get(3).read()).containsExactly(1, 2);
            assertThat(file.metadata()).isEmpty();
        }
    }

    @Test
    void weightsOfLayers() throws IOException {
        assertNet(TestHdf.NET);
    }

    @Test
    void packedWeights() throws IOException {
        assertNet(TestHdf.CHUNKED);
    }

    @Test
    void theNewestLayout() throws IOException {
        try (TensorFile file = open(TestHdf.NEWEST_LAYOUT)) {
            assertThat(file.tensors().get(0).name()).isEqualTo("conv_1/conv_1_W");
            assertThat(file.tensors().get(0).read()).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    private static StoredTensor named(TensorFile file, String name) {
        return file.tensors().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void datasetsOfOtherTypes() throws IOException {
        try (TensorFile file = open(TestHdf.KINDS)) {
            assertThat(file.tensors())
                    .extracting(StoredTensor::name)
                    .containsExactlyInAnyOrder("whole", "text", "scalar", "big", "half"); // not those without elements
            assertThat(named(file, "scalar").shape()).isEqualTo(Shape.scalar());
            assertThat(named(file, "scalar").read()).containsExactly(2.5f);
            assertThat(named(file, "big").read()).containsExactly(1, -2);
            assertThat(named(file, "half").read()).containsExactly(0.5f);
            for (String name : new String[] {"whole", "text"}) {
                assertThatThrownBy(() -> named(file, name).read())
                        .isInstanceOf(TandemException.class)
                        .hasMessageContaining("the elements of " + name);
            }
        }
    }

    @Test
    void datasetsOfOtherTypesAreNotLargerThanTheFileAllows() {
        byte[] bytes = TestHdf.KINDS.clone();
        int extent = 832; // of the dataset "whole"
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(buffer.getLong(extent)).isEqualTo(3);
        buffer.putLong(extent, 300 << 20);
        refused(bytes, "the elements of whole", "got 1258291200 bytes");
    }

    @Test
    void otherFilesAreNeverOpened() throws IOException {
        Files.write(folder.resolve("other.h5"), TestHdf.NET);
        Files.write(folder.resolve("other.bin"), new byte[16]);
        refused(TestHdf.LINK, "a link", "got a", "save_weights");
        refused(TestHdf.RAW, "External Data Files");
    }

    @Test
    void structuresThatDoNotFit() {
        refused(TestHdf.LOOP, "its groups", "more than 8 levels");
        refused(TestHdf.NEVER, "the elements of never", "none");
        refused(TestHdf.LZF, "are packed", "lzf");
        refused(Arrays.copyOf(TestHdf.NET, 600), "its HDF5 structure");
        refused(Arrays.copyOf(TestHdf.NET, TestHdf.NET.length - 8), "weights.h5");
        refused(Arrays.copyOf(TestHdf.NET, 8), "its HDF5 structure");
    }

    @Test
    void theKindByItsFirstBytes() {
        assertThat(KerasFile.matches(TestHdf.NET)).isTrue();
        assertThat(KerasFile.matches(new byte[8])).isFalse();
        assertThat(KerasFile.matches(new byte[0])).isFalse();
    }
}

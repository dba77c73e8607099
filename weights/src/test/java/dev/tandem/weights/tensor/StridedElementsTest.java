package dev.tandem.weights.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StridedElementsTest {
    @TempDir
    private Path folder;

    /** A file whose number of index i is i. */
    private InputFile numbers(int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            bytes.putInt(i);
        }
        return InputFile.open(Files.write(folder.resolve("numbers"), bytes.array()));
    }

    private static float[] read(InputFile file, long first, int[] dims, long[] strides) {
        StoredTensor.Elements elements =
                StridedElements.of(file, NumberType.I32, ByteOrder.LITTLE_ENDIAN, first * Integer.BYTES, dims, strides);
        return new StoredTensor("t", Shape.of(dims), "I32", elements).read();
    }

    @Test
    void everyOrderOfDimensionsAndEveryStrideIsRight() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (InputFile file = numbers(20_000)) {
            for (int round = 0; round < 200; round++) {
                int rank = 1 + random.nextInt(4);
                int[] dims = random.ints(rank, 1, 8).toArray();
                long[] strides =
                        random.longs(rank, 0, random.nextBoolean() ? 4 : 600).toArray();
                float[] read = read(file, 5, dims, strides);
                int[] index = new int[rank];
                for (float element : read) {
                    long expected = 5;
                    for (int d = 0; d < rank; d++) {
                        expected += index[d] * strides[d];
                    }
                    assertThat(element).as("seed %d, round %d", seed, round).isEqualTo(expected);
                    for (int d = rank - 1; d >= 0 && ++index[d] == dims[d]; d--) {
                        index[d] = 0;
                    }
                }
            }
        }
    }

    @Test
    void anArrayOfManyBlocksIsTurned() throws IOException {
        int rows = 1_100;
        int columns = 1_300;
        try (InputFile file = numbers(rows * columns)) {
            float[] turned = read(file, 0, new int[] {rows, columns}, new long[] {1, rows});
            for (int i = 0; i < turned.length; i += 997) {
                assertThat(turned[i]).isEqualTo(i / columns + (float) (i % columns) * rows);
            }
            float[] deep = read(file, 0, new int[] {2, 1, 550, 1_300}, new long[] {550, 7, 1, rows});
            assertThat(deep).isEqualTo(turned);
            float[] inOrder = read(file, 0, new int[] {rows, 1, columns}, new long[] {columns, 3, 1});
            assertThat(inOrder[inOrder.length - 1]).isEqualTo(rows * columns - 1);
            float[] column = read(file, 0, new int[] {1, rows * columns / 2}, new long[] {0, 2});
            assertThat(column[column.length - 1]).isEqualTo(rows * columns - 2);
        }
    }

    @Test
    void aFileThatEndsEarlyIsDamaged() throws IOException {
        try (InputFile file = numbers(10)) {
            assertThatThrownBy(() -> read(file, 0, new int[] {11}, new long[] {1}))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT))
                    .hasMessageContaining("the file ends early, got 40 bytes, expected more than 40");
            assertThatThrownBy(() -> read(file, -1, new int[] {1}, new long[] {1}))
                    .hasMessageContaining("ends early");
        }
        assertThatThrownBy(() -> InputFile.open(folder)).hasMessageContaining("something that is no plain file");
    }

    @Test
    void everyTypeIsConverted() throws IOException {
        byte[] bytes =
                ByteBuffer.allocate(8).order(ByteOrder.BIG_ENDIAN).putLong(-2).array();
        try (InputFile file = InputFile.open(Files.write(folder.resolve("bits"), bytes))) {
            float[] expected = {
                Float.NaN, Float.NaN, Float.NaN, Float.NaN, 1, -1, 255, -1, 65_535, -1, 0x1p32f, -2, 0x1p64f
            };
            for (NumberType type : NumberType.values()) {
                float[] read = new StoredTensor(
                                "t", Shape.of(1), type.name(), new FileElements(file, type, ByteOrder.BIG_ENDIAN, 0, 1))
                        .read();
                assertThat(read).as(type.name()).containsExactly(expected[type.ordinal()]);
            }
        }
    }
}

package dev.tandem.weights.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.testing.TestZip;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mean images in the orders that Caffe, its users and MatConvNet have. */
class MeanImageTest {
    private static final int SIDE = 4;

    @TempDir
    private Path temporary;

    /** A file of one tensor. */
    private Path file(Shape shape, float... elements) {
        Path file = temporary.resolve("mean.safetensors");
        Safetensors.write(file, Map.of(), List.of(new Safetensors.Entry("mean", shape, () -> elements)));
        return file;
    }

    /** Blue is 100 and more, green 50 and more, red 0 and more; each by the place in a row-major square. */
    private static float value(int blueFirst, int y, int x, int side) {
        return (2 - blueFirst) * 50 + y * side + x;
    }

    private static float[] channelsFirst(int side) {
        float[] elements = new float[3 * side * side];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = value(i / (side * side), i / side % side, i % side, side);
        }
        return elements;
    }

    @Test
    void channelsAreReversed() {
        MeanImage mean = MeanImage.read(file(Shape.of(1, 3, SIDE, SIDE), channelsFirst(SIDE)), SIDE);
        assertThat(mean.elements()[0]).isEqualTo(0);
        assertThat(mean.elements()[2 * SIDE * SIDE + 5]).isEqualTo(105);
        assertThat(mean.channelMeans()).containsExactly(7.5, 57.5, 107.5);
        assertThat(mean.note()).contains("channels reversed");
    }

    @Test
    void channelsMayBeInnermost() {
        float[] last = new float[3 * SIDE * SIDE];
        for (int i = 0; i < last.length; i++) {
            last[i] = value(i % 3, i / 3 / SIDE, i / 3 % SIDE, SIDE);
        }
        MeanImage mean = MeanImage.read(file(Shape.of(SIDE, SIDE, 3), last), SIDE);
        assertThat(mean.elements())
                .isEqualTo(MeanImage.read(file(Shape.of(3, SIDE, SIDE), channelsFirst(SIDE)), SIDE)
                        .elements());
    }

    @Test
    void aSmallerOneIsPutIntoTheCentre() {
        MeanImage mean = MeanImage.read(file(Shape.of(3, 2, 2), channelsFirst(2)), SIDE);
        assertThat(mean.elements()[0]).isEqualTo(1.5f);
        assertThat(mean.elements()[SIDE + 1]).isEqualTo(0);
        assertThat(mean.elements()[2 * SIDE + 2]).isEqualTo(3);
        assertThat(mean.note()).contains("2 pixels a side were put into the centre of 4");
    }

    @Test
    void threeMeansAreEverywhere() {
        MeanImage mean = MeanImage.read(file(Shape.of(3), 104, 117, 123), SIDE);
        assertThat(mean.elements()[0]).isEqualTo(123);
        assertThat(mean.elements()[3 * SIDE * SIDE - 1]).isEqualTo(104);
    }

    @Test
    void matlabsHasRedFirstAndHeightInnermost() {
        StoredTensor tensor = new StoredTensor(
                "averageImage",
                Shape.of(3, 2, 2),
                "F32",
                part -> part.take(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 12));
        MeanImage mean = MeanImage.ofMatlab(Path.of("net.mat"), tensor, 2);
        assertThat(mean.elements()).containsExactly(1, 3, 2, 4, 5, 7, 6, 8, 9, 11, 10, 12);
    }

    @Test
    void whatIsNoMeanImageIsRefused() {
        assertThatThrownBy(() -> MeanImage.read(file(Shape.of(3, 5, 5), channelsFirst(5)), SIDE))
                .hasMessageContaining("it is no mean image, got 3x5x5, expected 3x4x4");
        assertThatThrownBy(() -> MeanImage.read(file(Shape.of(2, 2), 1, 2, 3, 4), SIDE))
                .hasMessageContaining("it is no mean image");
        assertThatThrownBy(() -> MeanImage.read(file(Shape.of(3), 104, 117, 256), SIDE))
                .hasMessageContaining("no colours, got 256.0");
        assertThatThrownBy(() -> MeanImage.read(file(Shape.of(3), 104, Float.NaN, 25), SIDE))
                .hasMessageContaining("no colours");
        assertThatThrownBy(() -> MeanImage.read(file(Shape.of(3), 0.4f, 0.5f, 1), SIDE))
                .hasMessageContaining("from 0 to 1, got 1.0 at most, expected 0 to 255");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "npz", "npy"})
    void whatHasNoArrayIsRefused(String kind) throws IOException {
        byte[] bytes =
                switch (kind) {
                    case "npz" ->
                        new TestZip()
                                .stored("a.npy", npy("(0,)", 0))
                                .stored("README", new byte[2])
                                .toBytes();
                    case "npy" -> npy("()", 4);
                    default -> new byte[0];
                };
        Path file = Files.write(temporary.resolve("mean"), bytes);
        assertThatThrownBy(() -> MeanImage.read(file, SIDE)).isInstanceOf(TandemException.class);
    }

    private static byte[] npy(String shape, int bytes) {
        String header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
        byte[] text = (header + " ".repeat(117 - header.length()) + "\n").getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(10 + text.length + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
                .putShort((short) text.length)
                .put(text)
                .array();
    }
}

package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Products in TF32 by our kernels. (The conformance suite is not run in TF32: rounding makes ties of its maxima.)
 */
class Tf32Test {
    private final Comparison comparison = new Comparison(
            EmulatedDriver.provider(),
            Map.of("accelerators", 0L, "devices", 1L, "arena", 0L, "tf32", 1L),
            Tf32Rounding.TWO_THIRDS);

    @AfterEach
    void close() {
        comparison.close();
    }

    /** In large tiles, and in small ones of which most lies outside. */
    @ParameterizedTest
    @CsvSource({
        "300, 67, 261, false, false",
        "300, 67, 261, true, true",
        "70, 33, 19, false, false",
        "70, 33, 19, false, true",
        "70, 33, 19, true, false",
        "70, 33, 19, true, true"
    })
    void products(int rows, int depth, int columns, boolean transposeA, boolean transposeB) {
        comparison.product(rows, depth, columns, transposeA, transposeB);
    }

    /** In small tiles, in large ones, and in groups with the weights' gradient in parts. */
    @ParameterizedTest
    @CsvSource({"1, 5, 7, 9, 3, 1", "2, 70, 16, 72, 3, 1", "4, 6, 24, 4, 5, 2"})
    void convolutions(int samples, int channels, int side, int outputs, int size, int groups) {
        comparison.convolution(Shape.of(samples, channels, side, side), outputs, size, groups);
    }

    /** A quarter of the last bit is lost, and three quarters round up; what TF32 can hold is kept. */
    @Test
    void operandsAreRounded() {
        assertThat(sums(comparison.device(), 1 + 0x1p-12)).containsOnly(1);
        assertThat(sums(comparison.device(), 1 + 3 * 0x1p-12)).containsOnly(1 + 0x1p-10f);
        assertThat(sums(comparison.device(), 2 - 0x1p-10)).containsOnly(2 - 0x1p-10f);
    }

    /** The means of equal numbers in a product and in the three passes of a convolution, which TF32 rounds first. */
    static float[] sums(Device device, double value) {
        try (TensorScope scope = TensorScope.open()) {
            int depth = 64;
            Shape square = Shape.of(depth, depth);
            Shape maps = Shape.of(1, depth, 8, 8);
            Shape kernels = Shape.of(depth, depth, 1, 1);
            ConvolutionSpec spec = new ConvolutionSpec(Window.square(1, 1), 1);
            double share = 1.0 / depth;
            Tensor product =
                    device.matrices().product(device.filled(square, value), false, device.filled(square, share), false);
            Tensor forward = device.convolutions()
                    .forward(device.filled(maps, value), device.filled(kernels, share), null, spec, UnaryFunction.RELU);
            Tensor data = device.convolutions()
                    .backwardData(device.filled(maps, value), device.filled(kernels, share), spec, maps);
            Tensor weights = device.convolutions()
                    .backwardWeights(device.filled(maps, value), device.filled(maps, share), spec, kernels, false)
                    .weights();
            return new float[] {product.read()[0], forward.read()[0], data.read()[0], weights.read()[0]};
        }
    }
}

package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products in bfloat16 by our kernels; {@link ProductShapesTest} has more shapes. */
class Bf16ProductsTest {
    private final Comparison comparison = new Comparison(
            EmulatedDriver.provider(),
            Map.of("accelerators", 0L, "devices", 1L, "arena", 0L, "bf16", 1L),
            new Bf16Rounding());

    @AfterEach
    void close() {
        comparison.close();
    }

    /** In large tiles, of rows that are read four at a time or one by one, and in small tiles. */
    @ParameterizedTest
    @CsvSource({
        "300, 67, 261, false, false",
        "300, 67, 261, false, true",
        "300, 67, 261, true, false",
        "300, 67, 261, true, true",
        "132, 44, 260, false, true",
        "132, 44, 260, true, false",
        "70, 33, 19, false, false",
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

    /** Ties go to the even number. */
    @Test
    void operandsAreRounded() {
        assertThat(Tf32Test.sums(comparison.device(), 1 + 0x1p-8)).containsOnly(1);
        assertThat(Tf32Test.sums(comparison.device(), 1 + 3 * 0x1p-8)).containsOnly(1 + 0x1p-6f);
        assertThat(Tf32Test.sums(comparison.device(), 2 - 0x1p-7)).containsOnly(2 - 0x1p-7f);
    }

    /** What is in bfloat16 is not converted; weights and images are, once. */
    @ParameterizedTest
    @CsvSource({"1", "2"})
    void mapsAreReadAsTheyAre(int stride) {
        Device device = comparison.device();
        ConvolutionSpec spec = new ConvolutionSpec(Window.over(9, 9, 3, stride, 1, Window.Rounding.DOWN), 1);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.filled(Shape.of(2, 4, 9, 9), 1);
            Tensor w = device.filled(Shape.of(4, 4, 3, 3), 1);
            device.profile().start();
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.RELU);
            device.convolutions().backwardData(y, w, spec, x.shape());
            device.convolutions().backwardWeights(x, y, spec, w.shape(), false);
            int features = y.shape().arrayLength() / 2;
            Tensor flat = device.memory().reshape(y, Shape.of(2, features));
            Tensor fc = device.filled(Shape.of(3, features), 1);
            Tensor logits = device.matrices().linear(flat, fc, null, UnaryFunction.IDENTITY);
            Tensor hidden = device.matrices().linear(flat, fc, null, UnaryFunction.RELU);
            assertThat(Format.of(hidden)).isEqualTo(Format.BF16);
            device.matrices().linearBackwardData(logits, fc);
            device.matrices().linearBackwardWeights(flat, logits, false);
            device.synchronize();
        }
        List<String> all = device.profile().stop().stream()
                .map(Profile.Entry::implementation)
                .toList();
        assertThat(all)
                .filteredOn(name -> name.contains("convolution_") || name.contains("gemm_"))
                .hasSize(7)
                .allSatisfy(name -> assertThat(name).endsWith("_bf16"));
        assertThat(all).doesNotContain("own:widen_bf16");
        // The images, two weights, and the logits.
        assertThat(all).filteredOn("own:narrow_bf16"::equals).hasSize(4);
    }

    /** The copy of a parameter that products read is written with the parameter. */
    @ParameterizedTest
    @CsvSource({"sgd", "adam"})
    void anUpdatedWeightIsNotConvertedAgain(String optimizer) {
        Device device = comparison.device();
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.filled(Shape.of(2, 9), 1);
            Tensor w = device.filled(Shape.of(5, 9), 1);
            Tensor g = device.filled(w.shape(), 1);
            Tensor m = device.filled(w.shape(), 0);
            Tensor v = device.filled(w.shape(), 0);
            device.matrices().linear(x, w, null, UnaryFunction.IDENTITY);
            device.profile().start();
            if (optimizer.equals("sgd")) {
                device.updates().sgd(w, v, g, new SgdStep(SgdStep.Rule.LEARNING_RATE_OUTSIDE, 0.5, 0, 0));
            } else {
                device.updates().adam(w, m, v, g, new AdamStep(0.5, 0, 0, 1e-8, 0, false, 1));
            }
            Tensor y = device.matrices().linear(x, w, null, UnaryFunction.IDENTITY);
            assertThat(y.read()).containsOnly(4.5f);
            assertThat(w.read()).containsOnly(0.5f);
        }
        assertThat(device.profile().stop())
                .extracting(Profile.Entry::implementation)
                .contains("own:" + optimizer + "_and_narrow_bf16")
                .doesNotContain("own:narrow_bf16");
    }
}

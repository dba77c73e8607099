package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** As {@link Bf16Test}, with products by cuBLAS and convolutions by cuDNN. */
class AcceleratedBf16Test extends Bf16Test {
    @Override
    @BeforeEach
    void open() {
        open(EmulatedDriver.providerWithLibraries(), 1);
    }

    /** The operands are converted once: weights that are used again, and maps that are in bfloat16, are not. */
    @Test
    void librariesMultiplyInBfloat16() {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: the real cuDNN may leave small maps to our kernels");
        Device device = device();
        ConvolutionSpec spec = new ConvolutionSpec(Window.over(9, 9, 3, 1, 1, Window.Rounding.DOWN), 1);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.filled(Shape.of(2, 4, 9, 9), 1);
            Tensor w = device.filled(Shape.of(4, 4, 3, 3), 1);
            Tensor fc = device.filled(Shape.of(3, 4 * 81), 1);
            device.profile().start();
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY);
            device.convolutions().backwardData(y, w, spec, x.shape());
            device.convolutions().backwardWeights(x, y, spec, w.shape(), false);
            Tensor flat = device.memory().reshape(y, Shape.of(2, 4 * 81));
            Tensor logits = device.matrices().linear(flat, fc, null, UnaryFunction.IDENTITY);
            device.matrices().linearBackwardData(logits, fc);
            device.matrices().linearBackwardWeights(flat, logits, false);
            device.matrices().product(flat, false, fc, true);
            device.synchronize();
        }
        List<String> all = device.profile().stop().stream()
                .map(Profile.Entry::implementation)
                .map(name -> name.replaceAll("_ALGO.*(?= in )", ""))
                .toList();
        assertThat(all)
                .filteredOn(name -> name.startsWith("cu"))
                .containsExactly(
                        "cuDNN:FWD in BF16",
                        "cuDNN:BWD_DATA in BF16",
                        "cuDNN:BWD_FILTER in BF16",
                        "cuBLAS in BF16",
                        "cuBLAS in BF16",
                        "cuBLAS in BF16",
                        "cuBLAS in BF16");
        // The images, two weights, and the logits.
        assertThat(all).filteredOn("own:narrow_bf16"::equals).hasSize(4);
        // The gradient of the convolution's weights.
        assertThat(all).filteredOn("own:widen_bf16"::equals).hasSize(1);
    }

    /** The copy of a parameter that products read is written with the parameter. */
    @Test
    void anUpdatedWeightIsNotConvertedAgain() {
        Device device = device();
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.filled(Shape.of(2, 8), 1);
            Tensor w = device.filled(Shape.of(5, 8), 1);
            Tensor v = device.filled(w.shape(), 0);
            device.matrices().linear(x, w, null, UnaryFunction.IDENTITY);
            device.profile().start();
            device.updates()
                    .sgd(w, v, device.filled(w.shape(), 1), new SgdStep(SgdStep.Rule.LEARNING_RATE_OUTSIDE, 0.5, 0, 0));
            Tensor y = device.matrices().linear(x, w, null, UnaryFunction.IDENTITY);
            assertThat(y.read()).containsOnly(4);
            assertThat(w.read()).containsOnly(0.5f);
        }
        assertThat(device.profile().stop())
                .extracting(Profile.Entry::implementation)
                .contains("own:sgd_and_narrow_bf16", "cuBLAS in BF16")
                .doesNotContain("own:narrow_bf16");
    }

    @Test
    void aConvolutionThatCudnnCannotIsOurs() {
        Device device = device();
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(7, 1), 1);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.filled(Shape.of(1, 2, 9, 9), 1);
            Tensor w = device.filled(Shape.of(3, 2, 7, 7), 1);
            for (int time = 0; time < 2; time++) {
                Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.RELU);
                assertThat(Format.of(y)).isEqualTo(Format.BF16);
                assertThat(y.read()).containsOnly(98);
            }
        }
    }
}

package dev.tandem.spi.dryrun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import org.junit.jupiter.api.Test;

class DryRunTest {
    private final DryRun dry = new DryRun();
    private final Device device = dry.device();

    /** The paper's second convolution, and its first fully-connected layer, for one image. */
    @Test
    void countsMultiplyAdds() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.allocate(Shape.of(1, 96, 27, 27));
            Tensor w = device.allocate(Shape.of(256, 48, 5, 5));
            ConvolutionSpec spec = new ConvolutionSpec(Window.over(27, 27, 5, 1, 2, Rounding.UP), 2);
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.RELU);

            assertThat(y.shape()).isEqualTo(Shape.of(1, 256, 27, 27));
            assertThat(dry.multiplyAdds()).isEqualTo(27L * 27 * 256 * 5 * 5 * 48);

            Tensor rows = device.allocate(Shape.of(1, 9216));
            Tensor weights = device.allocate(Shape.of(4096, 9216));
            device.matrices().linear(rows, weights, null, UnaryFunction.IDENTITY);
            assertThat(dry.multiplyAdds()).isEqualTo(223_948_800L + 37_748_736L);
        }
    }

    /** The second locally connected layer of the authors' net for CIFAR-10: each place has kernels of its own. */
    @Test
    void countsALocallyConnectedLayer() {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = device.allocate(Shape.of(2, 64, 6, 6));
            Tensor w = device.allocate(Shape.of(32, 36, 576));
            Tensor bias = device.allocate(Shape.of(32, 6, 6));
            Window window = Window.over(6, 6, 3, 1, 1, Rounding.DOWN);
            long operands = dry.peakBytes();
            Tensor y = device.convolutions().locallyConnected(x, w, bias, window, UnaryFunction.RELU);

            assertThat(y.shape()).isEqualTo(Shape.of(2, 32, 6, 6));
            assertThat(dry.multiplyAdds()).isEqualTo(2L * 36 * 32 * 576);
            assertThat(dry.peakBytes()).isEqualTo(operands + 2 * 32 * 36 * 4);

            device.convolutions().locallyConnectedBackwardData(y, w, window, x.shape());
            device.convolutions().locallyConnectedBackwardWeights(x, y, window, true);
            assertThat(dry.multiplyAdds()).isEqualTo(3 * 2L * 36 * 32 * 576);
        }
    }

    @Test
    void knowsTheMostBytesHeldAtOnce() {
        try (TensorScope scope = TensorScope.open()) {
            device.allocate(Shape.of(1000)).close();
            device.allocate(Shape.of(400));
            device.allocate(Shape.of(500));
        }
        assertThat(dry.peakBytes()).isEqualTo(4000);
        assertThat(device.memoryUse().used()).isZero();
    }

    @Test
    void checksArgumentsAsAnyDevice() {
        assertThatThrownBy(() -> device.matrices()
                        .product(device.allocate(Shape.of(2, 3)), false, device.allocate(Shape.of(2, 3)), false))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("inner extents differ");
    }
}

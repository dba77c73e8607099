package dev.tandem.testkit.conformance;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Kernels that add up must not add to what their output held before: here every output is full of NaN beforehand. */
final class StaleOutputConformance {
    private final SideBySide sides;

    StaleOutputConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        return Stream.of(
                convolution(1),
                convolution(2),
                locallyConnected(),
                pooling(),
                matrices(),
                reductions(),
                normalization());
    }

    private DynamicTest convolution(int groups) {
        return sides.agree("convolution over stale outputs in " + groups + " group(s)", side -> {
            DeviceKernels kernels = side.device().kernels();
            ConvolutionSpec spec = new ConvolutionSpec(Window.square(2, 3), groups);
            Tensor x = side.normal("x", 2, 16, 6, 6);
            Tensor w = side.normal("w", 6, 16 / groups, 2, 2);
            Tensor y = stale(side.device(), 2, 6, 2, 2);
            kernels.convolutions().forward(x, w, null, spec, UnaryFunction.RELU, y);
            Tensor dx = stale(side.device(), 2, 16, 6, 6);
            kernels.convolutions().backwardData(y, w, spec, dx);
            Tensor dw = stale(side.device(), 6, 16 / groups, 2, 2);
            Tensor dbias = stale(side.device(), 6);
            kernels.convolutions().backwardWeights(x, y, spec, dw, dbias);
            Tensor columns = stale(side.device(), 2, 64, 2, 2);
            kernels.convolutions().unfold(x, spec.window(), columns);
            Tensor folded = stale(side.device(), 2, 16, 6, 6);
            kernels.convolutions().fold(columns, spec.window(), folded);
            side.result("y", y);
            side.result("dx", dx);
            side.result("dw", dw);
            side.result("dbias", dbias);
            side.result("columns", columns);
            side.result("folded", folded);
        });
    }

    private DynamicTest locallyConnected() {
        return sides.agree("locally connected over stale outputs", side -> {
            ConvolutionKernels kernels = side.device().kernels().convolutions();
            Window window = Window.square(2, 3);
            Tensor x = side.normal("x", 2, 16, 6, 6);
            Tensor w = side.normal("w", 6, 4, 64);
            Tensor y = stale(side.device(), 2, 6, 2, 2);
            kernels.locallyConnected(x, w, null, window, UnaryFunction.RELU, y);
            Tensor dx = stale(side.device(), 2, 16, 6, 6);
            kernels.locallyConnectedBackwardData(y, w, window, dx);
            Tensor dw = stale(side.device(), 6, 4, 64);
            Tensor dbias = stale(side.device(), 6, 2, 2);
            kernels.locallyConnectedBackwardWeights(x, y, window, dw, dbias);
            side.result("y", y);
            side.result("dx", dx);
            side.result("dw", dw);
            side.result("dbias", dbias);
        });
    }

    private DynamicTest pooling() {
        return sides.agree("pooling over stale outputs", side -> {
            DeviceKernels kernels = side.device().kernels();
            Window window = Window.square(2, 3);
            Tensor x = side.normal("x", 2, 16, 6, 6);
            Tensor y = stale(side.device(), 2, 16, 2, 2);
            kernels.pooling().max(x, window, y);
            Tensor dx = stale(side.device(), 2, 16, 6, 6);
            kernels.pooling().maxBackward(x, y, y, window, dx);
            side.result("max", y);
            side.result("dx of max", dx);
            Tensor mean = stale(side.device(), 2, 16, 2, 2);
            kernels.pooling().average(x, window, mean);
            Tensor dmean = stale(side.device(), 2, 16, 6, 6);
            kernels.pooling().averageBackward(mean, window, dmean);
            side.result("average", mean);
            side.result("dx of average", dmean);
        });
    }

    private DynamicTest matrices() {
        return sides.agree("matrix products over stale outputs", side -> {
            DeviceKernels kernels = side.device().kernels();
            Tensor x = side.normal("x", 3, 17);
            Tensor w = side.normal("w", 5, 17);
            Tensor product = stale(side.device(), 3, 5);
            kernels.matrices().product(x, false, w, true, product);
            Tensor y = stale(side.device(), 3, 5);
            kernels.matrices().linear(x, w, side.normal("bias", 5), UnaryFunction.RELU, y);
            Tensor dx = stale(side.device(), 3, 17);
            kernels.matrices().linearBackwardData(y, w, dx);
            Tensor dw = stale(side.device(), 5, 17);
            Tensor dbias = stale(side.device(), 5);
            kernels.matrices().linearBackwardWeights(x, y, dw, dbias);
            Tensor batch = stale(side.device(), 2, 3, 5);
            Tensor a = side.normal("a", 2, 17, 3);
            kernels.matrices().batchedProduct(a, true, side.normal("b", 2, 17, 5), false, batch);
            side.result("product", product);
            side.result("batched product", batch);
            side.result("y", y);
            side.result("dx", dx);
            side.result("dw", dw);
            side.result("dbias", dbias);
        });
    }

    private DynamicTest reductions() {
        return sides.agree("reductions over stale outputs", side -> {
            DeviceKernels kernels = side.device().kernels();
            Tensor x = side.normal("x", 3, 7);
            Tensor sums = stale(side.device(), 1, 7);
            kernels.reductions().sum(x, sums);
            Tensor greatest = stale(side.device(), 1, 7);
            kernels.reductions().max(x, greatest);
            side.result("greatest", greatest);
            Tensor y = stale(side.device(), 3, 7);
            kernels.reductions().softmax(x, y);
            Tensor dx = stale(side.device(), 3, 7);
            kernels.reductions().softmaxBackward(y, x, dx);
            Tensor labels = side.device().labels(0, 6, 3);
            Tensor losses = stale(side.device(), 3);
            Tensor probabilities = stale(side.device(), 3, 7);
            kernels.reductions().crossEntropy(x, labels, probabilities, losses);
            Tensor dlogits = stale(side.device(), 3, 7);
            kernels.reductions().crossEntropyBackward(probabilities, labels, losses, dlogits);
            side.result("sums", sums);
            side.result("softmax", y);
            side.result("dx", dx);
            side.result("losses", losses);
            side.result("dlogits", dlogits);
        });
    }

    private DynamicTest normalization() {
        return sides.agree("response normalization over stale outputs", side -> {
            DeviceKernels kernels = side.device().kernels();
            ResponseNormalization spec = new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 5, 0.1, 0.75, 2, 1);
            Tensor x = side.normal("x", 2, 16, 3, 3);
            Tensor y = stale(side.device(), 2, 16, 3, 3);
            kernels.normalizations().responseNormalization(x, spec, y);
            Tensor dx = stale(side.device(), 2, 16, 3, 3);
            kernels.normalizations().responseNormalizationBackward(x, y, x, spec, dx);
            side.result("y", y);
            side.result("dx", dx);
        });
    }

    private static Tensor stale(Device device, int... dims) {
        return device.filled(Shape.of(dims), Double.NaN);
    }
}

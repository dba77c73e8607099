package dev.tandem.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backend;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.testkit.Agreement;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layouts do not show outside of this backend: a tensor reads as row-major, whatever layout kernels gave it. */
class LayoutTest {
    private static final RandomKey DATA = new RandomKey(11, RandomKey.Purpose.SYNTHETIC, 0, 0);

    private final Backend backend = Backends.open(CpuBackendProvider.NAME);
    private final Backend reference = Backends.open(ReferenceProvider.NAME);
    private final Device device = backend.devices().get(0);

    @AfterEach
    void close() {
        backend.close();
        reference.close();
    }

    private static float[] numbers(int stream, Shape shape) {
        float[] values = new float[(int) shape.elements()];
        RandomKey key = new RandomKey(DATA.seed(), DATA.purpose(), DATA.step(), stream);
        Philox.gaussians(key, 0, values, 0, values.length);
        return values;
    }

    private static Tensor tensor(Device device, int stream, int... dims) {
        Shape shape = Shape.of(dims);
        return device.tensor(shape, numbers(stream, shape));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 24, 5})
    void aLayerBehindFlattenedMapsTrainsAndReadsAsTheReferenceDoes(int channels) {
        List<double[]> expected = train(reference.devices().get(0), channels);
        List<double[]> actual = train(device, channels);
        for (int i = 0; i < expected.size(); i++) {
            // After two steps; the order of sums differs between processors.
            Agreement.require("result " + i + " for " + channels + " maps", actual.get(i), expected.get(i), 2e-5);
        }
    }

    /** Two steps of a convolution and a linear layer, for batches of different sizes. */
    private static List<double[]> train(Device device, int channels) {
        List<double[]> results = new ArrayList<>();
        int features = channels * 3 * 3;
        Tensor kernels = tensor(device, 1, channels, 3, 3, 3);
        Tensor weights = tensor(device, 2, 7, features);
        Tensor velocity = device.filled(weights.shape(), 0);
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(3, 1), 1);
        SgdStep sgd = new SgdStep(SgdStep.Rule.LEARNING_RATE_OUTSIDE, 0.01, 0.9, 5e-4);
        for (int samples : new int[] {4, 1, 4}) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor x = tensor(device, 3, samples, 3, 5, 5);
                Tensor maps = device.convolutions().forward(x, kernels, null, spec, UnaryFunction.RELU);
                Tensor flat = device.memory().reshape(maps, Shape.of(samples, features));
                Tensor y = device.matrices().linear(flat, weights, null, UnaryFunction.TANH);
                WeightGradients gradients = device.matrices().linearBackwardWeights(flat, y, true);
                Tensor dflat = device.matrices().linearBackwardData(y, weights);
                results.add(y.readDoubles());
                results.add(gradients.weights().readDoubles());
                results.add(gradients.bias().readDoubles());
                results.add(dflat.readDoubles());
                Tensor dmaps = device.memory().reshape(dflat, maps.shape());
                results.add(device.convolutions()
                        .backwardData(dmaps, kernels, spec, x.shape())
                        .readDoubles());
                device.updates().sgd(weights, velocity, gradients.weights(), sgd);
                results.add(weights.readDoubles());
                results.add(velocity.readDoubles());
            }
        }
        return results;
    }

    @Test
    void aParameterReadsAsItWasWrittenAfterKernelsHaveChangedItsLayout() {
        Tensor kernels = tensor(device, 1, 20, 3, 3, 3);
        float[] written = kernels.read();
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(3, 1), 1);
        Tensor x = tensor(device, 2, 2, 3, 9, 9);
        float[] first = device.convolutions()
                .forward(x, kernels, null, spec, UnaryFunction.IDENTITY)
                .read();
        assertThat(kernels.read()).containsExactly(written);
        kernels.write(written);
        assertThat(device.convolutions()
                        .forward(x, kernels, null, spec, UnaryFunction.IDENTITY)
                        .read())
                .containsExactly(first);
    }

    @Test
    void aWorkspaceThatNoLongerFitsIsMadeAgain() {
        Tensor x = tensor(device, 1, 2, 16, 6, 6);
        Window window = Window.square(2, 2);
        Tensor y = device.pooling().max(x, window);
        Tensor dy = tensor(device, 2, 2, 16, 3, 3);
        float[] first = device.pooling().maxBackward(x, y, dy, window).read();
        Tensor again = device.pooling().max(x, window);
        // Writing drops what the forward pass had left with it.
        again.write(again.read());
        assertThat(device.pooling().maxBackward(x, again, dy, window).read()).containsExactly(first);
        assertThat(Arrays.stream(doubles(first)).sum())
                .isCloseTo(Arrays.stream(doubles(dy.read())).sum(), org.assertj.core.data.Offset.offset(1e-4));
    }

    private static double[] doubles(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 16})
    void reluDoesNotHideThatARunHasDiverged(int channels) {
        Tensor x = tensor(device, 1, 2, channels, 5, 5);
        float[] values = new float[16 * channels * 9];
        values[0] = Float.NaN;
        Tensor kernels = device.tensor(Shape.of(16, channels, 3, 3), values);
        Tensor y = device.convolutions()
                .forward(x, kernels, null, new ConvolutionSpec(Window.square(3, 1), 1), UnaryFunction.RELU);
        assertThat(y.read()[0]).isNaN();
        Tensor flat = tensor(device, 2, 2, channels);
        float[] weights = new float[4 * channels];
        weights[0] = Float.NaN;
        Tensor linear =
                device.matrices().linear(flat, device.tensor(Shape.of(4, channels), weights), null, UnaryFunction.RELU);
        assertThat(linear.read()[0]).isNaN();
        Tensor alone = device.elementwise().unary(UnaryFunction.RELU, device.tensor(Shape.of(1), Float.NaN));
        assertThat(alone.read()[0]).isNaN();
    }
}

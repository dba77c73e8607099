package dev.tandem.testkit.reference;

import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Reductions.CrossEntropy;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import dev.tandem.testkit.Agreement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The reference's backward kernels against central differences of its forward kernels. */
class ReferenceGradientsTest {
    /** For {@code f(x + h) - f(x - h)} over {@code 2h}: truncation and rounding are both near 1e-10. */
    private static final double STEP = 1e-5;

    private static final double TOLERANCE = 1e-6;

    private final Device device =
            Backends.open(ReferenceProvider.NAME).devices().get(0);

    /** An operation's gradients with respect to its inputs, from inputs, output and output gradient. */
    private interface Backward {
        List<Tensor> gradients(List<Tensor> inputs, Tensor output, Tensor dy);
    }

    private void check(String what, Function<List<Tensor>, Tensor> forward, Backward backward, Tensor... inputs) {
        try (TensorScope scope = TensorScope.open()) {
            List<Tensor> all = List.of(inputs);
            Tensor y = forward.apply(all);
            Tensor dy = normal(99, y.shape().dims());
            List<Tensor> gradients = backward.gradients(all, y, dy);
            double[] weights = dy.readDoubles();
            for (int i = 0; i < gradients.size(); i++) {
                double[] numeric =
                        differences(inputs[i], () -> dot(forward.apply(all).readDoubles(), weights));
                Agreement.require(
                        what + ", gradient with respect to input " + i,
                        gradients.get(i).readDoubles(),
                        numeric,
                        TOLERANCE);
            }
        }
    }

    private interface Loss {
        double value();
    }

    private static double[] differences(Tensor x, Loss loss) {
        double[] values = x.readDoubles();
        double[] gradient = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            double[] moved = values.clone();
            moved[i] = values[i] + STEP;
            x.writeDoubles(moved);
            double above = loss.value();
            moved[i] = values[i] - STEP;
            x.writeDoubles(moved);
            gradient[i] = (above - loss.value()) / (2 * STEP);
        }
        x.writeDoubles(values);
        return gradient;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Fixed normal numbers: stream {@code stream} of seed 1. */
    private Tensor normal(int stream, int... dims) {
        RandomKey key = new RandomKey(1, RandomKey.Purpose.SYNTHETIC, 0, stream);
        double[] values = new double[(int) Shape.of(dims).elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = Philox.gaussian(key, i);
        }
        return device.allocate(Shape.of(dims)).writeDoubles(values);
    }

    private Tensor positive(int stream, int... dims) {
        return device.elementwise().unary(UnaryFunction.EXP, normal(stream, dims));
    }

    @ParameterizedTest
    @EnumSource
    void unary(UnaryFunction f) {
        boolean positive = f == UnaryFunction.LOG || f == UnaryFunction.SQRT;
        check(
                f.name(),
                in -> device.elementwise().unary(f, in.get(0)),
                (in, y, dy) ->
                        List.of(device.elementwise().unaryBackward(f, f.gradientFromOutput() ? y : in.get(0), dy)),
                positive ? positive(1, 3, 7) : normal(1, 3, 7));
    }

    @TestFactory
    Stream<DynamicTest> convolution() {
        List<DynamicTest> tests = new ArrayList<>();
        tests.add(convolution(1, new Window(1, 1, 1, 1, 0, 0, 0, 0)));
        tests.add(convolution(2, Window.over(5, 6, 3, 2, 1, Rounding.UP)));
        tests.add(convolution(2, new Window(2, 3, 1, 2, 1, 0, 0, 2)));
        tests.add(convolution(4, Window.square(2, 3)));
        return tests.stream();
    }

    private DynamicTest convolution(int groups, Window window) {
        String name = "convolution in " + groups + " group(s), " + window;
        ConvolutionSpec spec = new ConvolutionSpec(window, groups);
        UnaryFunction f = UnaryFunction.TANH;
        return DynamicTest.dynamicTest(
                name,
                () -> check(
                        name,
                        in -> device.convolutions().forward(in.get(0), in.get(1), in.get(2), spec, f),
                        (in, y, dy) -> {
                            Tensor before = device.elementwise().unaryBackward(f, y, dy);
                            WeightGradients gradients = device.convolutions()
                                    .backwardWeights(
                                            in.get(0), before, spec, in.get(1).shape(), true);
                            Tensor dx = device.convolutions()
                                    .backwardData(
                                            before, in.get(1), spec, in.get(0).shape());
                            return List.of(dx, gradients.weights(), gradients.bias());
                        },
                        normal(1, 2, 4, 5, 6),
                        normal(2, 8, 4 / groups, window.height(), window.width()),
                        normal(3, 8)));
    }

    @TestFactory
    Stream<DynamicTest> pooling() {
        return Stream.of(
                        Window.over(5, 6, 3, 2, 0, Rounding.UP),
                        Window.square(2, 3),
                        Window.square(4, 1),
                        new Window(3, 2, 2, 1, 1, 0, 2, 1))
                .flatMap(window -> Stream.of(
                        DynamicTest.dynamicTest(
                                "max " + window,
                                () -> check(
                                        "max " + window,
                                        in -> device.pooling().max(in.get(0), window),
                                        (in, y, dy) -> List.of(device.pooling().maxBackward(in.get(0), y, dy, window)),
                                        normal(1, 2, 3, 5, 6))),
                        DynamicTest.dynamicTest(
                                "average " + window,
                                () -> check(
                                        "average " + window,
                                        in -> device.pooling().average(in.get(0), window),
                                        (in, y, dy) -> List.of(device.pooling()
                                                .averageBackward(
                                                        dy, window, in.get(0).shape())),
                                        normal(1, 2, 3, 5, 6)))));
    }

    @TestFactory
    Stream<DynamicTest> responseNormalization() {
        return Stream.of(
                        new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 5, 0.4, 0.75, 2, 1),
                        new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 3, 0.4, 0.75, 2, 2),
                        new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 9, 0.4, 1.3, 1, 1),
                        new ResponseNormalization(Neighbourhood.WITHIN_MAP, 3, 0.4, 0.75, 1, 1))
                .map(spec -> DynamicTest.dynamicTest(
                        spec.toString(),
                        () -> check(
                                spec.toString(),
                                in -> device.normalizations().responseNormalization(in.get(0), spec),
                                (in, y, dy) -> List.of(
                                        device.normalizations().responseNormalizationBackward(in.get(0), y, dy, spec)),
                                normal(1, 2, 6, 3, 4))));
    }

    @Test
    void linear() {
        check(
                "linear",
                in -> device.matrices().linear(in.get(0), in.get(1), in.get(2), UnaryFunction.SIGMOID),
                (in, y, dy) -> {
                    Tensor before = device.elementwise().unaryBackward(UnaryFunction.SIGMOID, y, dy);
                    WeightGradients gradients = device.matrices().linearBackwardWeights(in.get(0), before, true);
                    return List.of(
                            device.matrices().linearBackwardData(before, in.get(1)),
                            gradients.weights(),
                            gradients.bias());
                },
                normal(1, 3, 5),
                normal(2, 4, 5),
                normal(3, 4));
    }

    @Test
    void softmax() {
        check(
                "softmax",
                in -> device.reductions().softmax(in.get(0)),
                (in, y, dy) -> List.of(device.reductions().softmaxBackward(y, dy)),
                normal(1, 3, 5));
    }

    @Test
    void crossEntropy() {
        Tensor labels = device.labels(4, 0, 2);
        check(
                "cross-entropy",
                in -> device.reductions().crossEntropy(in.get(0), labels).losses(),
                (in, y, dy) -> {
                    CrossEntropy forward = device.reductions().crossEntropy(in.get(0), labels);
                    return List.of(device.reductions().crossEntropyBackward(forward.probabilities(), labels, dy));
                },
                normal(1, 3, 5));
    }
}

package dev.tandem.testkit.conformance;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Matrices;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Momentum SGD and Adam over several steps with a changing rate, and parameters that are used, read, written and updated in
 * turn.
 */
final class UpdateConformance {
    private final SideBySide sides;

    UpdateConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (SgdStep.Rule rule : SgdStep.Rule.values()) {
            for (int[] shape : new int[][] {{}, {1}, {17}, {5, 33}, {16, 3, 3, 3}}) {
                tests.add(sgd(rule, shape));
            }
            tests.add(convolutionWeights(rule, 16, 32, 1));
            tests.add(convolutionWeights(rule, 6, 10, 2));
            tests.add(linearWeights(rule));
        }
        for (boolean decoupled : new boolean[] {false, true}) {
            for (int[] shape : new int[][] {{}, {1}, {17}, {5, 33}, {16, 3, 3, 3}}) {
                tests.add(adam(decoupled, shape));
            }
            tests.add(adamOfConvolutionWeights(decoupled));
        }
        return tests.stream();
    }

    private DynamicTest sgd(SgdStep.Rule rule, int[] shape) {
        return sides.agree("sgd " + rule + " " + Arrays.toString(shape), side -> {
            Tensor w = side.normal("w", shape);
            Tensor v = side.device().filled(w.shape(), 0);
            for (int step = 0; step < 5; step++) {
                Tensor g = side.normal("g" + step, shape);
                side.device().updates().sgd(w, v, g, step(rule, step));
                side.result("w after step " + step, w);
                side.result("v after step " + step, v);
            }
        });
    }

    private DynamicTest adam(boolean decoupled, int[] shape) {
        String name = "adam " + Arrays.toString(shape) + (decoupled ? ", decoupled" : "");
        return sides.agree(name, side -> {
            Tensor w = side.normal("w", shape);
            Tensor m = side.device().filled(w.shape(), 0);
            Tensor v = side.device().filled(w.shape(), 0);
            for (int step = 1; step <= 4; step++) {
                side.device().updates().adam(w, m, v, side.normal("g" + step, shape), adam(decoupled, 1e-3, step));
                side.result("w after step " + step, w);
                side.result("m after step " + step, m);
                side.result("v after step " + step, v);
            }
        });
    }

    private DynamicTest adamOfConvolutionWeights(boolean decoupled) {
        return sides.agree("adam of a convolution's weights" + (decoupled ? ", decoupled" : ""), side -> {
            Convolutions convolutions = side.device().convolutions();
            ConvolutionSpec spec = new ConvolutionSpec(Window.over(5, 5, 3, 1, 1, Window.Rounding.DOWN), 1);
            Tensor x = side.normal("x", 2, 6, 5, 5);
            Tensor w = side.between("w", -0.2, 0.2, 10, 6, 3, 3);
            Tensor m = side.device().filled(w.shape(), 0);
            Tensor v = side.device().filled(w.shape(), 0);
            for (int step = 1; step <= 2; step++) {
                Tensor y = side.result("y" + step, convolutions.forward(x, w, null, spec, UnaryFunction.IDENTITY));
                Tensor g = convolutions
                        .backwardWeights(x, y, spec, w.shape(), false)
                        .weights();
                // A small epsilon would make steps of equal length of gradients whose sign is rounding.
                side.device().updates().adam(w, m, v, g, adam(decoupled, 1, step));
                side.result("w" + step, w);
            }
        });
    }

    private static AdamStep adam(boolean decoupled, double epsilon, int number) {
        return new AdamStep(0.02 / number, 0.9, 0.99, epsilon, 0.1, decoupled, number);
    }

    private DynamicTest convolutionWeights(SgdStep.Rule rule, int channels, int outputs, int groups) {
        String name =
                "weights of a convolution " + channels + " to " + outputs + " in " + groups + " group(s), " + rule;
        return sides.agree(name, side -> {
            Convolutions convolutions = side.device().convolutions();
            ConvolutionSpec spec = new ConvolutionSpec(Window.over(5, 5, 3, 1, 1, Window.Rounding.DOWN), groups);
            Tensor x = side.normal("x", 2, channels, 5, 5);
            Tensor w = side.between("w", -0.2, 0.2, outputs, channels / groups, 3, 3);
            Tensor bias = side.between("bias", -0.2, 0.2, outputs);
            Tensor v = side.device().filled(w.shape(), 0);
            Tensor vbias = side.device().filled(bias.shape(), 0);
            for (int step = 0; step < 4; step++) {
                Tensor y = side.result("y" + step, convolutions.forward(x, w, bias, spec, UnaryFunction.IDENTITY));
                side.result("dx" + step, convolutions.backwardData(y, w, spec, x.shape()));
                Convolutions.WeightGradients g = convolutions.backwardWeights(x, y, spec, w.shape(), true);
                side.device().updates().sgd(w, v, g.weights(), step(rule, step));
                side.device().updates().sgd(bias, vbias, g.bias(), step(rule, step));
                side.result("w" + step, w);
                side.result("v" + step, v);
                side.result("bias" + step, bias);
                if (step == 1) {
                    // As a checkpoint is restored: read, changed on the host, written back.
                    float[] values = w.read();
                    for (int i = 0; i < values.length; i += 2) {
                        values[i] = i * 1e-4f;
                    }
                    w.write(values);
                    side.result("w written", w);
                }
            }
            side.result("w, part", side.device().memory().slice(w, 0, 1, outputs / 2));
        });
    }

    private DynamicTest linearWeights(SgdStep.Rule rule) {
        return sides.agree("weights of a linear layer, " + rule, side -> {
            Matrices products = side.device().matrices();
            Tensor x = side.normal("x", 4, 33);
            Tensor w = side.between("w", -0.2, 0.2, 17, 33);
            Tensor v = side.device().filled(w.shape(), 0);
            for (int step = 0; step < 3; step++) {
                Tensor y = side.result("y" + step, products.linear(x, w, null, UnaryFunction.TANH));
                side.result("dx" + step, products.linearBackwardData(y, w));
                Tensor g = products.linearBackwardWeights(x, y, false).weights();
                side.device().updates().sgd(w, v, g, step(rule, step));
                side.result("w" + step, w);
            }
            w.write(new float[(int) w.shape().elements()]);
            side.result("w written", w);
            side.result("y of zeros", products.linear(x, w, null, UnaryFunction.TANH));
            side.result("w as maps", side.device().memory().reshape(w, Shape.of(17, 3, 11, 1)));
        });
    }

    /** The rate falls: with a constant rate the two rules are the same. */
    private static SgdStep step(SgdStep.Rule rule, int step) {
        return new SgdStep(rule, 0.02 / (1 + step), 0.9, 0.01);
    }
}

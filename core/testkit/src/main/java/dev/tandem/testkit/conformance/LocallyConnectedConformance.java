package dev.tandem.testkit.conformance;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** The locally connected layer and its gradients over channels, windows, paddings, activations and layouts. */
final class LocallyConnectedConformance {
    /**
     * One geometry.
     *
     * @param x samples, channels, height and width
     * @param outputs the output channels
     */
    private record Case(int[] x, int outputs, Window window) {
        Shape y() {
            return window.output(Shape.of(x), outputs);
        }

        int[] weights() {
            return new int[] {outputs, y().dim(2) * y().dim(3), x[1] * window.height() * window.width()};
        }

        int[] bias() {
            return y().withoutBatch().dims();
        }

        @Override
        public String toString() {
            return Arrays.toString(x) + " to " + outputs + ", " + window;
        }
    }

    private static Case of(int n, int c, int h, int w, int outputs, Window window) {
        return new Case(new int[] {n, c, h, w}, outputs, window);
    }

    /** A square window over {@code size x size} maps. */
    private static Case of(int n, int c, int size, int outputs, int kernel, int stride, int pad, Rounding rounding) {
        return of(n, c, size, size, outputs, Window.over(size, size, kernel, stride, pad, rounding));
    }

    private static final List<Case> CASES = List.of(
            of(1, 1, 1, 1, 1, Window.square(1, 1)),
            // The same size, as in the authors' nets for CIFAR-10: 3x3 with padding 1.
            of(3, 16, 6, 32, 3, 1, 1, Rounding.DOWN),
            of(5, 6, 4, 10, 3, 1, 1, Rounding.DOWN),
            // One sample, one channel, one output channel, and odd numbers of them.
            of(1, 64, 6, 32, 3, 1, 1, Rounding.DOWN),
            of(2, 1, 7, 4, 3, 1, 1, Rounding.DOWN),
            of(3, 5, 5, 1, 3, 1, 0, Rounding.DOWN),
            of(3, 5, 5, 1, 3, 1, 1, Rounding.DOWN),
            of(2, 1, 5, 1, 3, 1, 1, Rounding.DOWN),
            of(3, 1, 9, 5, 3, 2, 1, Rounding.DOWN),
            of(1, 4, 9, 5, 3, 2, 1, Rounding.DOWN),
            of(3, 4, 9, 1, 3, 2, 1, Rounding.DOWN),
            of(1, 1, 9, 1, 3, 2, 1, Rounding.DOWN),
            of(2, 17, 6, 9, 2, 1, 0, Rounding.DOWN),
            // Strides, with a last window that hangs over, and with pixels in no window.
            of(2, 16, 9, 16, 3, 2, 1, Rounding.DOWN),
            of(2, 3, 8, 4, 3, 2, 0, Rounding.UP),
            of(2, 4, 8, 6, 2, 3, 0, Rounding.UP),
            of(2, 4, 8, 6, 2, 3, 0, Rounding.DOWN),
            of(2, 5, 9, 4, 1, 2, 0, Rounding.DOWN),
            // A window as large as the map: a fully-connected layer.
            of(3, 4, 4, 6, 4, 1, 0, Rounding.DOWN),
            // Rectangles, with padding that differs on every side.
            of(2, 6, 6, 5, 8, new Window(3, 2, 1, 2, 0, 1, 2, 0)),
            of(2, 1, 5, 1, 3, new Window(3, 1, 2, 1, 1, 0, 2, 0)),
            of(2, 16, 4, 7, 17, new Window(2, 5, 1, 3, 1, 4, 0, 2)));

    private final SideBySide sides;

    LocallyConnectedConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Case geometry : CASES) {
            for (Origin origin : Origin.values()) {
                tests.add(locallyConnected(geometry, origin, UnaryFunction.RELU, true));
                tests.add(locallyConnected(geometry, origin, UnaryFunction.IDENTITY, false));
            }
        }
        for (UnaryFunction f : UnaryFunction.values()) {
            if (f.gradientFromOutput()) {
                tests.add(locallyConnected(of(2, 4, 5, 6, 3, 1, 1, Rounding.DOWN), Origin.HOST, f, true));
                tests.add(locallyConnected(of(2, 16, 4, 8, 3, 1, 1, Rounding.DOWN), Origin.CONVOLUTION, f, false));
            }
        }
        tests.add(oneWeightTwoBatches());
        return tests.stream();
    }

    private DynamicTest locallyConnected(Case geometry, Origin origin, UnaryFunction f, boolean withBias) {
        String name =
                "locally connected " + geometry + ", " + f + (withBias ? "" : " without bias") + ", from " + origin;
        return sides.agree(name, side -> {
            Convolutions convolutions = side.device().convolutions();
            Window window = geometry.window();
            // A square root needs sums above 0; e^x needs small ones.
            double low = f == UnaryFunction.SQRT ? 0.1 : -0.4;
            Tensor drawn = side.between("x", low, 0.5, geometry.x());
            Tensor x = side.from(origin, drawn);
            Tensor w = side.between("w", low, 0.5, geometry.weights());
            Tensor bias = withBias ? side.between("bias", low, 0.5, geometry.bias()) : null;
            Tensor y = side.result("y", convolutions.locallyConnected(x, w, bias, window, f));
            Tensor gradient = side.normal("dy", geometry.y().dims());
            if (f == UnaryFunction.RELU) {
                sides.withoutJumps(
                        gradient,
                        1 + w.shape().dim(2),
                        drawn,
                        w,
                        bias,
                        (a, b, c) ->
                                a.device().convolutions().locallyConnected(a, b, c, window, UnaryFunction.IDENTITY));
            }
            Tensor dy = side.from(origin, gradient);
            side.device().elementwise().unaryBackwardInPlace(f, y, dy);
            side.result("dx", convolutions.locallyConnectedBackwardData(dy, w, window, x.shape()));
            WeightGradients gradients = convolutions.locallyConnectedBackwardWeights(x, dy, window, withBias);
            side.result("dw", gradients.weights());
            if (withBias) {
                side.result("dbias", gradients.bias());
            }
        });
    }

    /** One weight tensor in batches of different sizes, then read: its layout must not show. */
    private DynamicTest oneWeightTwoBatches() {
        return sides.agree("one weight, two batches of a locally connected layer", side -> {
            Convolutions convolutions = side.device().convolutions();
            Window window = Window.over(5, 5, 3, 1, 1, Rounding.DOWN);
            Tensor w = side.normal("w", 6, 25, 36);
            for (int samples = 2; samples >= 1; samples--) {
                Tensor x = side.normal("x" + samples, samples, 4, 5, 5);
                Tensor y = convolutions.locallyConnected(x, w, null, window, UnaryFunction.IDENTITY);
                side.result("y of " + samples, y);
                side.result("dx of " + samples, convolutions.locallyConnectedBackwardData(y, w, window, x.shape()));
                Tensor dw = convolutions
                        .locallyConnectedBackwardWeights(x, y, window, false)
                        .weights();
                side.device().elementwise().binaryInPlace(BinaryFunction.ADD, w, dw);
                side.result("w after " + samples, w);
            }
        });
    }
}

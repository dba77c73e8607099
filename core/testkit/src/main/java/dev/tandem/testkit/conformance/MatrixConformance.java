package dev.tandem.testkit.conformance;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.Matrices;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Matrix products in the four transpositions, and fully-connected layers with their gradients. */
final class MatrixConformance {
    /** Rows, inner extent, columns. */
    private static final int[][] PRODUCTS = {{1, 1, 1}, {1, 5, 3}, {4, 1, 6}, {7, 3, 1}, {5, 17, 9}, {16, 48, 32}};

    /** Samples, inputs, outputs. */
    private static final int[][] LINEAR = {{1, 1, 1}, {1, 17, 5}, {3, 1, 4}, {2, 48, 1}, {5, 33, 17}, {8, 64, 32}};

    private final SideBySide sides;

    MatrixConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int[] extents : PRODUCTS) {
            for (int transposed = 0; transposed < 4; transposed++) {
                tests.add(product(extents, (transposed & 1) != 0, (transposed & 2) != 0));
            }
        }
        for (int[] extents : PRODUCTS) {
            for (int transposed = 0; transposed < 4; transposed++) {
                for (int batch : new int[] {1, 3}) {
                    tests.add(batchedProduct(batch, extents, (transposed & 1) != 0, (transposed & 2) != 0));
                }
            }
        }
        for (int[] extents : LINEAR) {
            for (UnaryFunction f : UnaryFunction.values()) {
                if (f.gradientFromOutput()) {
                    tests.add(linear(extents, f, true));
                }
            }
            tests.add(linear(extents, UnaryFunction.RELU, false));
            tests.add(linear(extents, UnaryFunction.IDENTITY, false));
        }
        tests.add(batchesOfTwoSizes());
        tests.add(keptForInference(Origin.HOST));
        tests.add(keptForInference(Origin.CONVOLUTION));
        return tests.stream();
    }

    private DynamicTest product(int[] extents, boolean transposeA, boolean transposeB) {
        String name = "product " + Arrays.toString(extents) + (transposeA ? " a^T" : "") + (transposeB ? " b^T" : "");
        return sides.agree(name, side -> {
            Tensor a = transposeA ? side.normal("a", extents[1], extents[0]) : side.normal("a", extents[0], extents[1]);
            Tensor b = transposeB ? side.normal("b", extents[2], extents[1]) : side.normal("b", extents[1], extents[2]);
            side.result("out", side.device().matrices().product(a, transposeA, b, transposeB));
        });
    }

    private DynamicTest batchedProduct(int batch, int[] extents, boolean transposeA, boolean transposeB) {
        String name = batch + " products " + Arrays.toString(extents) + (transposeA ? " a^T" : "")
                + (transposeB ? " b^T" : "");
        return sides.agree(name, side -> {
            int rows = extents[0];
            int inner = extents[1];
            int columns = extents[2];
            Tensor a = transposeA ? side.normal("a", batch, inner, rows) : side.normal("a", batch, rows, inner);
            Tensor b = transposeB ? side.normal("b", batch, columns, inner) : side.normal("b", batch, inner, columns);
            side.result("out", side.device().matrices().batchedProduct(a, transposeA, b, transposeB));
        });
    }

    private DynamicTest linear(int[] extents, UnaryFunction f, boolean withBias) {
        String name = "linear " + Arrays.toString(extents) + " " + f + (withBias ? "" : " without bias");
        return sides.agree(name, side -> {
            int samples = extents[0];
            int inputs = extents[1];
            int outputs = extents[2];
            Matrices products = side.device().matrices();
            // A square root needs sums above 0; e^x needs small ones.
            Tensor x = side.between("x", f == UnaryFunction.SQRT ? 0.1 : -0.4, 0.5, samples, inputs);
            Tensor w = side.between("w", f == UnaryFunction.SQRT ? 0.1 : -0.4, 0.5, outputs, inputs);
            Tensor bias = withBias ? side.between("bias", 0.1, 1, outputs) : null;
            Tensor y = side.result("y", products.linear(x, w, bias, f));
            Tensor dy = side.device().elementwise().unaryBackwardInPlace(f, y, side.normal("dy", samples, outputs));
            side.result("dx", products.linearBackwardData(dy, w));
            WeightGradients gradients = products.linearBackwardWeights(x, dy, withBias);
            side.result("dw", gradients.weights());
            if (withBias) {
                side.result("dbias", gradients.bias());
            }
        });
    }

    /** The same weights serve a training batch, then a single sample, then the batch again. */
    private DynamicTest batchesOfTwoSizes() {
        return sides.agree("linear over batches of 6, 1 and 6", side -> {
            Matrices products = side.device().matrices();
            Tensor w = side.normal("w", 20, 36);
            Tensor bias = side.normal("bias", 20);
            for (int samples : new int[] {6, 1, 6}) {
                Tensor x = side.normal("x" + samples, samples, 36);
                Tensor y = products.linear(x, w, bias, UnaryFunction.TANH);
                side.result("y of " + samples, y);
                side.result("dx of " + samples, products.linearBackwardData(y, w));
            }
            side.result("w", w);
            side.result("w in another shape", side.device().memory().reshape(w, Shape.of(36, 20)));
        });
    }

    /** Weights kept for inference compute what others do, for rows or maps of any number, and can be written anew. */
    private DynamicTest keptForInference(Origin origin) {
        return sides.agree("linear with weights kept for inference, from " + origin, side -> {
            Matrices products = side.device().matrices();
            Tensor w = side.between("w", -0.1, 0.1, 70, 24 * 9);
            Tensor bias = side.normal("bias", 70);
            side.device().memory().keepForInference(w);
            for (int samples : new int[] {1, 2, 7, 1}) {
                Tensor maps = side.from(origin, side.normal("x" + samples, samples, 24, 3, 3));
                Tensor x = side.device().memory().reshape(maps, Shape.of(samples, 24 * 9));
                side.result("y of " + samples, products.linear(x, w, bias, UnaryFunction.TANH));
                side.result("without bias", products.linear(x, w, null, UnaryFunction.RELU));
                side.result("dx of " + samples, products.linearBackwardData(side.normal("dy", samples, 70), w));
            }
            side.result("w", w);
            w.write(side.between("another w", -0.1, 0.1, 70, 24 * 9).read());
            side.result("y of another", products.linear(side.normal("x", 3, 24 * 9), w, bias, UnaryFunction.IDENTITY));
        });
    }
}

package dev.tandem.testkit.conformance;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Fill, affine, functions of one and two tensors: each shape and origin, and in place if that is allowed. */
final class ElementwiseConformance {
    private static final int[][] SHAPES = {{}, {1}, {7}, {3, 5}, {2, 3, 4}, {2, 17, 3, 5}, {1, 16, 4, 4}, {2, 1, 1, 3}};

    /** Wide and narrow shapes of binary functions. */
    private static final int[][][] BROADCASTS = {
        {{}, {}},
        {{5}, {1}},
        {{3, 5}, {3, 5}},
        {{3, 5}, {1, 5}},
        {{3, 5}, {3, 1}},
        {{3, 5}, {1, 1}},
        {{2, 3, 4}, {1, 3, 1}},
        {{2, 17, 3, 5}, {2, 17, 3, 5}},
        {{2, 17, 3, 5}, {1, 17, 1, 1}},
        {{2, 16, 3, 5}, {1, 16, 1, 1}},
        {{2, 16, 3, 5}, {2, 1, 3, 5}},
        {{2, 5, 3, 4}, {1, 5, 3, 4}},
        {{2, 5, 3, 4}, {2, 1, 1, 1}},
    };

    /** Shapes that combine to the second's, or to neither's. */
    private static final int[][][] COMBINED = {
        {{}, {3}},
        {{3, 5}, {5}},
        {{5}, {3, 5}},
        {{1, 5}, {3, 5}},
        {{3, 1}, {1, 5}},
        {{2, 1, 4}, {3, 1}},
        {{17, 1, 1}, {2, 17, 3, 5}},
        {{1, 16, 1, 1}, {2, 16, 3, 5}},
        {{2, 16, 1, 1}, {1, 1, 3, 4}},
    };

    private final SideBySide sides;

    ElementwiseConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int[] shape : SHAPES) {
            tests.add(sides.agree("fill " + Arrays.toString(shape), side -> {
                Tensor t = side.normal("t", shape);
                side.result("filled", side.device().elementwise().fill(t, -0.75));
            }));
            for (Origin origin : origins(shape)) {
                tests.add(affine(shape, origin));
                for (UnaryFunction f : UnaryFunction.values()) {
                    tests.add(unary(f, shape, origin));
                }
            }
        }
        for (int[][] shapes : BROADCASTS) {
            for (BinaryFunction f : BinaryFunction.values()) {
                for (Origin a : origins(shapes[0])) {
                    for (Origin b : origins(shapes[1])) {
                        tests.add(binary(f, shapes[0], a, shapes[1], b));
                    }
                }
            }
        }
        for (int[][] shapes : COMBINED) {
            for (BinaryFunction f : BinaryFunction.values()) {
                for (Origin b : origins(shapes[1])) {
                    tests.add(combined(f, shapes[0], shapes[1], b));
                }
            }
        }
        return tests.stream();
    }

    private DynamicTest affine(int[] shape, Origin origin) {
        return sides.agree("affine " + Arrays.toString(shape) + " from " + origin, side -> {
            Tensor x = side.from(origin, side.normal("x", shape));
            side.result("y", side.device().elementwise().affine(x, -1.5, 0.25));
            side.device().kernels().elementwise().affine(x, 2, 3, x);
            side.result("in place", x);
        });
    }

    private DynamicTest unary(UnaryFunction f, int[] shape, Origin origin) {
        return sides.agree(f + " " + Arrays.toString(shape) + " from " + origin, side -> {
            boolean positive = f == UnaryFunction.LOG || f == UnaryFunction.SQRT;
            Tensor x = side.from(origin, positive ? side.between("x", 0.25, 4, shape) : side.normal("x", shape));
            Tensor dy = side.normal("dy", shape);
            Tensor y = side.result("y", side.device().elementwise().unary(f, x));
            Tensor saved = f.gradientFromOutput() ? y : x;
            side.result("dx", side.device().elementwise().unaryBackward(f, saved, dy));
            Tensor gradient = side.from(origin, dy);
            side.result("dx in place", side.device().elementwise().unaryBackwardInPlace(f, saved, gradient));
            side.device().kernels().elementwise().unary(f, x, x);
            side.result("y in place", x);
        });
    }

    private DynamicTest binary(BinaryFunction f, int[] wide, Origin aOrigin, int[] narrow, Origin bOrigin) {
        String name = f + " " + Arrays.toString(wide) + " from " + aOrigin + " with " + Arrays.toString(narrow)
                + " from " + bOrigin;
        return sides.agree(name, side -> {
            Tensor a = side.from(aOrigin, left(f, side, wide));
            Tensor b = side.from(bOrigin, side.between("b", 0.5, 2, narrow));
            side.result("out", side.device().elementwise().binary(f, a, b));
            side.result("in place", side.device().elementwise().binaryInPlace(f, a, b));
        });
    }

    private DynamicTest combined(BinaryFunction f, int[] left, int[] right, Origin origin) {
        String name = f + " " + Arrays.toString(left) + " and " + Arrays.toString(right) + " from " + origin;
        return sides.agree(name, side -> {
            Tensor a = left(f, side, left);
            Tensor b = side.from(origin, side.between("b", 0.5, 2, right));
            side.result("out", side.device().elementwise().binary(f, a, b));
        });
    }

    /** A first operand for which {@code f} is defined. */
    private static Tensor left(BinaryFunction f, Side side, int[] shape) {
        return f == BinaryFunction.POWER ? side.between("a", 0.25, 2, shape) : side.normal("a", shape);
    }

    private static Origin[] origins(int[] shape) {
        return shape.length == 4 ? Origin.values() : new Origin[] {Origin.HOST};
    }
}

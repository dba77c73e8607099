package dev.tandem.nn.autograd;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.UnaryFunction;

/** The operations of two values, element by element, and their gradients. */
final class Arithmetic {
    private Arithmetic() {}

    static Value add(Value a, Value b) {
        return binary(BinaryFunction.ADD, a, b, dy -> {
            Tensor da = gradient(a, dy);
            // The two gradients must not be the same tensor.
            Tensor db = da == dy && b.isOnTape() ? elementwise(b).affine(dy, 1, 0) : dy;
            return new Tensor[] {da, gradient(b, db)};
        });
    }

    static Value subtract(Value a, Value b) {
        return binary(BinaryFunction.SUBTRACT, a, b, dy -> {
            Tensor db = b.isOnTape() ? gradient(b, elementwise(b).affine(dy, -1, 0)) : null;
            return new Tensor[] {gradient(a, dy), db};
        });
    }

    static Value multiply(Value a, Value b) {
        return binary(BinaryFunction.MULTIPLY, a, b, dy -> {
            Tensor da =
                    a.isOnTape() ? gradient(a, elementwise(a).binary(BinaryFunction.MULTIPLY, dy, b.tensor())) : null;
            Tensor db = b.isOnTape()
                    ? gradient(b, elementwise(b).binaryInPlace(BinaryFunction.MULTIPLY, dy, a.tensor()))
                    : null;
            return new Tensor[] {da, db};
        });
    }

    /** {@code da = dy / b} and {@code db = -dy y / b}. */
    static Value divide(Value a, Value b) {
        Tensor y = elementwise(a).binary(BinaryFunction.DIVIDE, a.tensor(), b.tensor());
        return Value.of(
                y,
                dy -> {
                    Tensor quotient = elementwise(a).binaryInPlace(BinaryFunction.DIVIDE, dy, b.tensor());
                    Tensor db = null;
                    if (b.isOnTape()) {
                        Tensor product = elementwise(a).binary(BinaryFunction.MULTIPLY, quotient, y);
                        db = gradient(b, elementwise(a).affineInPlace(product, -1, 0));
                    }
                    return new Tensor[] {gradient(a, quotient), db};
                },
                a,
                b);
    }

    static Value square(Value x) {
        Elementwise elementwise = elementwise(x);
        return Value.of(
                elementwise.binary(BinaryFunction.MULTIPLY, x.tensor(), x.tensor()),
                dy -> new Tensor[] {
                    elementwise.affineInPlace(elementwise.binaryInPlace(BinaryFunction.MULTIPLY, dy, x.tensor()), 2, 0)
                },
                x);
    }

    /** The gradient goes to the greater one; where both are equal, half of it to each. */
    static Value maximum(Value a, Value b) {
        return extreme(BinaryFunction.MAXIMUM, 0.5, a, b);
    }

    /** The gradient goes to the lesser one; where both are equal, half of it to each. */
    static Value minimum(Value a, Value b) {
        return extreme(BinaryFunction.MINIMUM, -0.5, a, b);
    }

    /** {@code da = dy (half sign(a - b) + 1/2)}, and {@code db} is the rest of {@code dy}. */
    private static Value extreme(BinaryFunction f, double half, Value a, Value b) {
        Elementwise elementwise = elementwise(a);
        return binary(f, a, b, dy -> {
            Tensor da = signOfDifference(a.tensor(), b.tensor());
            elementwise.affineInPlace(da, half, 0.5);
            elementwise.binaryInPlace(BinaryFunction.MULTIPLY, da, dy);
            Tensor db = b.isOnTape() ? elementwise.binaryInPlace(BinaryFunction.SUBTRACT, dy, da) : null;
            return new Tensor[] {gradient(a, da), db == null ? null : gradient(b, db)};
        });
    }

    /** {@code x} between its bounds, which may be infinite. */
    static Value clip(Value x, double low, double high) {
        if (!(low <= high)) {
            throw TandemException.argument(
                    "clip", "the bounds are not in order", low + " and " + high, "the lower one first", "");
        }
        Value bounded = low == Double.NEGATIVE_INFINITY ? x : atLeast(x, low);
        return high == Double.POSITIVE_INFINITY ? bounded : atMost(bounded, high);
    }

    /** {@code max(x, bound)}; the gradient where they are equal is that of {@code x}. */
    private static Value atLeast(Value x, double bound) {
        return bounded(BinaryFunction.MAXIMUM, x, bound, 1);
    }

    /** {@code min(x, bound)}; the gradient where they are equal is that of {@code x}. */
    private static Value atMost(Value x, double bound) {
        return bounded(BinaryFunction.MINIMUM, x, bound, -1);
    }

    /** {@code dx = dy min(side sign(x - bound) + 1, 1)}. */
    private static Value bounded(BinaryFunction f, Value x, double bound, int side) {
        Elementwise elementwise = elementwise(x);
        Tensor limit = x.tensor().device().filled(Shape.scalar(), bound);
        return Value.of(
                elementwise.binary(f, x.tensor(), limit),
                dy -> {
                    Tensor inside = signOfDifference(x.tensor(), limit);
                    elementwise.affineInPlace(inside, side, 1);
                    Tensor one = x.tensor().device().filled(Shape.scalar(), 1);
                    elementwise.binaryInPlace(BinaryFunction.MINIMUM, inside, one);
                    return new Tensor[] {elementwise.binaryInPlace(BinaryFunction.MULTIPLY, dy, inside)};
                },
                x);
    }

    private static Tensor signOfDifference(Tensor a, Tensor b) {
        Elementwise elementwise = a.device().elementwise();
        return elementwise.unaryInPlace(UnaryFunction.SIGN, elementwise.binary(BinaryFunction.SUBTRACT, a, b));
    }

    /** {@code da = dy b a^(b - 1)}, 0 where {@code b} is 0; {@code db = dy y log(a)}, 0 where {@code a} and dy are. */
    static Value power(Value a, Value b) {
        Elementwise elementwise = elementwise(a);
        Tensor y = elementwise.binary(BinaryFunction.POWER, a.tensor(), b.tensor());
        return Value.of(
                y,
                dy -> {
                    Tensor db = null;
                    if (b.isOnTape()) {
                        // log(a + 1) where a is 0.
                        Tensor logarithm = elementwise.binary(BinaryFunction.ADD, isZero(a.tensor()), a.tensor());
                        elementwise.unaryInPlace(UnaryFunction.LOG, logarithm);
                        Tensor product = elementwise.binary(BinaryFunction.MULTIPLY, y, logarithm);
                        db = gradient(b, elementwise.binaryInPlace(BinaryFunction.MULTIPLY, product, dy));
                    }
                    Tensor da = null;
                    if (a.isOnTape()) {
                        // 0 instead of b - 1 where b is 0.
                        Tensor exponent = elementwise.affineInPlace(isZero(b.tensor()), 1, -1);
                        elementwise.binaryInPlace(BinaryFunction.ADD, exponent, b.tensor());
                        Tensor power = elementwise.binary(BinaryFunction.POWER, a.tensor(), exponent);
                        elementwise.binaryInPlace(BinaryFunction.MULTIPLY, power, b.tensor());
                        da = gradient(a, elementwise.binaryInPlace(BinaryFunction.MULTIPLY, dy, power));
                    }
                    return new Tensor[] {da, db};
                },
                a,
                b);
    }

    /** 1 where {@code t} is 0, otherwise 0. */
    private static Tensor isZero(Tensor t) {
        Elementwise elementwise = t.device().elementwise();
        Tensor sign = elementwise.unary(UnaryFunction.SIGN, t);
        return elementwise.affineInPlace(elementwise.unaryInPlace(UnaryFunction.ABS, sign), -1, 1);
    }

    private static Value binary(BinaryFunction f, Value a, Value b, Backward backward) {
        return Value.of(elementwise(a).binary(f, a.tensor(), b.tensor()), backward, a, b);
    }

    private static Elementwise elementwise(Value x) {
        return x.tensor().device().elementwise();
    }

    /**
     * The gradient with respect to {@code operand}, given that with respect to its repetition, {@code dy}: summed over
     * the axes along which it was repeated. {@code dy} itself if it was not, otherwise a new tensor; null if the operand
     * needs none.
     */
    private static Tensor gradient(Value operand, Tensor dy) {
        Shape shape = operand.shape();
        if (!operand.isOnTape() || dy.shape().equals(shape)) {
            return operand.isOnTape() ? dy : null;
        }
        Tensor sum = dy.device().reductions().sumTo(dy, shape.aligned(dy.shape().rank()));
        if (sum.shape().equals(shape)) {
            return sum;
        }
        try (sum) {
            return dy.device().memory().reshape(sum, shape);
        }
    }
}

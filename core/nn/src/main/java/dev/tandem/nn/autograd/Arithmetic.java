package dev.tandem.nn.autograd;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Elementwise;

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

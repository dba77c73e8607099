package dev.tandem.spi.kernel;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;
import org.jspecify.annotations.Nullable;

/** Functions applied element by element. */
public interface ElementwiseKernels {
    /** {@code t = value} everywhere. */
    void fill(Tensor t, double value);

    /** {@code y = scale * x + shift}; {@code y} may be {@code x}. */
    void affine(Tensor x, double scale, double shift, Tensor y);

    /** {@code y = f(x)}; {@code y} may be {@code x}. */
    void unary(UnaryFunction f, Tensor x, Tensor y);

    /**
     * {@code dx = f'(x) * dy}; {@code dx} may be {@code dy}. If {@link UnaryFunction#gradientFromOutput} holds,
     * {@code x} is null and the derivative comes from {@code y}; otherwise {@code y} is null.
     */
    void unaryBackward(UnaryFunction f, @Nullable Tensor x, @Nullable Tensor y, Tensor dy, Tensor dx);

    /**
     * {@code out = f(a, b)}, {@code b} being repeated along the axes where its extent is 1; ranks agree, {@code out}
     * has the shape of {@code a} and may be {@code a}.
     */
    void binary(BinaryFunction f, Tensor a, Tensor b, Tensor out);
}

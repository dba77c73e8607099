package dev.tandem.nn.autograd;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor in a computation that can be differentiated, with the operators of arithmetic. Operations on values make new
 * values. If an operand is on a tape, the operation is recorded there. The operations of layers (convolution, pooling
 * and so on) are in {@link Functions}.
 */
public final class Value {
    private final Tensor tensor;
    private final Tape tape;
    private final GradientSum gradient;
    private ActivationGradient activation;
    private @Nullable List<GradientFactors> factors;

    Value(Tensor tensor, Tape tape) {
        this.tensor = tensor;
        this.tape = tape;
        this.gradient = new GradientSum(tensor);
    }

    /** A value without a gradient. */
    public static Value constant(Tensor tensor) {
        return new Value(tensor, null);
    }

    /** The contents. */
    public Tensor tensor() {
        return tensor;
    }

    /** The extents. */
    public Shape shape() {
        return tensor.shape();
    }

    /** The extent along {@code axis}. */
    public int dim(int axis) {
        return tensor.shape().dim(axis);
    }

    Tape tape() {
        return tape;
    }

    /** Whether gradients flow to this value: it is a variable, or was computed from one. */
    public boolean isOnTape() {
        return tape != null;
    }

    private Device device() {
        return tensor.device();
    }

    /** The gradient of the loss with respect to this variable, after {@link Tape#backward}. */
    public Tensor gradient() {
        if (gradient.isEmpty()) {
            throw TandemException.argument(
                    "gradient",
                    "none was computed",
                    this,
                    "a variable that the loss depends on, after backward",
                    "Call backward first, or leave this parameter out");
        }
        return gradient.get();
    }

    /** Whether the loss depends on this variable, after {@link Tape#backward}. */
    public boolean hasGradient() {
        return !gradient.isEmpty();
    }

    /**
     * Leaves the gradient with respect to this variable, the weights {@code (out, in)} of a fully-connected layer, as
     * {@linkplain #gradientFactors factors}. What other operations contribute is its {@link #gradient} as ever.
     */
    public Value keepGradientFactors() {
        factors = new ArrayList<>();
        return this;
    }

    /** What fully-connected layers contributed to the gradient, as factors, if those are kept. */
    public List<GradientFactors> gradientFactors() {
        return factors == null ? List.of() : List.copyOf(factors);
    }

    /** Whether the gradient is left as factors. */
    boolean keepsGradientFactors() {
        return factors != null;
    }

    void addGradientFactors(Tensor inputs, Tensor outputGradients) {
        factors.add(new GradientFactors(inputs, outputGradients));
    }

    /** The gradient with respect to this value as far as it is summed. */
    GradientSum gradientSum() {
        return gradient;
    }

    /** Says that this value was computed by an operation that ends with an activation. */
    Value endingWith(ActivationGradient last) {
        activation = last;
        return this;
    }

    /** Counts an operation that uses this value, or a gradient that the caller gives. */
    void use() {
        if (activation != null) {
            activation.use();
        }
    }

    /** The activation whose gradient an operation on this value has to compute with its own. */
    UnaryFunction takeActivation() {
        return activation == null ? UnaryFunction.IDENTITY : activation.take();
    }

    /** The tape that an operation on {@code values} is recorded on, or null. */
    static Tape tapeOf(Value... values) {
        Tape found = null;
        for (Value value : values) {
            if (value != null && value.tape != null) {
                if (found != null && found != value.tape) {
                    throw TandemException.argument(
                            "autograd",
                            "operands of two tapes",
                            "different tapes",
                            "one tape",
                            "Use the values of one training step together");
                }
                found = value.tape;
            }
        }
        return found;
    }

    /**
     * The value of an operation of one's own: {@code output} was computed from {@code inputs}, and {@code backward} makes
     * their gradients of the output's. It is recorded if an input is on a tape; else the value is a constant. Constants
     * have all operators, so both directions can be written with them; {@code log(1 + e^x)}, for example, whose
     * derivative is the sigmoid:
     *
     * <pre>{@code
     * static Value softplus(Value x) {
     *     Value input = Value.constant(x.tensor());
     *     return Value.of(
     *             input.exp().add(1).log().tensor(),
     *             dy -> new Tensor[] {input.sigmoid().multiply(Value.constant(dy)).tensor()},
     *             x);
     * }
     * }</pre>
     *
     * <p>The tensors of the inputs, the output, and whatever else the operation computed are still there in the backward
     * pass, because the {@link dev.tandem.spi.TensorScope} of the training step holds them: {@code backward} may use
     * them, and leaves them as they are. Gradients can be tested with {@code dev.tandem.testkit.GradientCheck}.
     */
    public static Value of(Tensor output, Backward backward, Value... inputs) {
        Tape tape = tapeOf(inputs);
        return tape == null ? constant(output) : tape.record(output, backward, inputs);
    }

    /**
     * {@code this + other}. In operations of two values the shapes combine as NumPy's do: aligned at their last axes, a
     * value is repeated along the axes where its extent is 1 and along those that it lacks.
     */
    public Value add(Value other) {
        return Arithmetic.add(this, other);
    }

    /** {@code this - other}; shapes combine as in {@link #add(Value)}. */
    public Value subtract(Value other) {
        return Arithmetic.subtract(this, other);
    }

    /** {@code this * other}, element by element; shapes combine as in {@link #add(Value)}. */
    public Value multiply(Value other) {
        return Arithmetic.multiply(this, other);
    }

    /** {@code this / other}, element by element; shapes combine as in {@link #add(Value)}. */
    public Value divide(Value other) {
        return Arithmetic.divide(this, other);
    }

    /**
     * The greater of {@code this} and {@code other}, element by element; shapes combine as in {@link #add(Value)}. The
     * gradient goes to the greater one, and half of it to each where they are equal.
     */
    public Value maximum(Value other) {
        return Arithmetic.maximum(this, other);
    }

    /**
     * The lesser of {@code this} and {@code other}, element by element; shapes combine as in {@link #add(Value)}. The
     * gradient goes to the lesser one, and half of it to each where they are equal.
     */
    public Value minimum(Value other) {
        return Arithmetic.minimum(this, other);
    }

    /**
     * {@code this^exponent}, element by element; shapes combine as in {@link #add(Value)}. Below 0 it is defined for
     * exponents that are integers. The gradient with respect to the exponent is 0 where {@code this} is 0, unless the
     * exponent is below 0.
     */
    public Value power(Value exponent) {
        return Arithmetic.power(this, exponent);
    }

    /** {@code this^exponent}; below 0 it is defined for exponents that are integers. */
    public Value power(double exponent) {
        return power(constant(device().filled(Shape.scalar(), exponent)));
    }

    /**
     * {@code this}, but {@code low} where it is less and {@code high} where it is greater. The gradient is 0 there, and
     * passes at the bounds themselves.
     *
     * @param low the least result; minus infinity for none
     * @param high the greatest result, {@code low} or more; infinity for none
     */
    public Value clip(double low, double high) {
        return Arithmetic.clip(this, low, high);
    }

    /** {@code scale * this + shift}. */
    public Value affine(double scale, double shift) {
        return of(
                device().elementwise().affine(tensor, scale, shift),
                dy -> new Tensor[] {device().elementwise().affineInPlace(dy, scale, 0)},
                this);
    }

    /** {@code this * factor}. */
    public Value multiply(double factor) {
        return affine(factor, 0);
    }

    /** {@code this + term}. */
    public Value add(double term) {
        return affine(1, term);
    }

    /** {@code -this}. */
    public Value negate() {
        return affine(-1, 0);
    }

    /** {@code this^2}. */
    public Value square() {
        return Arithmetic.square(this);
    }

    /** {@code f(this)}, element by element. */
    public Value apply(UnaryFunction f) {
        Tensor out = device().elementwise().unary(f, tensor);
        if (!f.gradientFromOutput()) {
            return of(out, dy -> new Tensor[] {device().elementwise().unaryBackwardInPlace(f, tensor, dy)}, this);
        }
        ActivationGradient gradientOfF = new ActivationGradient(f, out);
        return of(out, dy -> new Tensor[] {gradientOfF.before(dy)}, this).endingWith(gradientOfF);
    }

    /** {@code max(this, 0)}. */
    public Value relu() {
        return apply(UnaryFunction.RELU);
    }

    /** The hyperbolic tangent. */
    public Value tanh() {
        return apply(UnaryFunction.TANH);
    }

    /** {@code 1 / (1 + exp(-this))}. */
    public Value sigmoid() {
        return apply(UnaryFunction.SIGMOID);
    }

    /** {@code e^this}. */
    public Value exp() {
        return apply(UnaryFunction.EXP);
    }

    /** The natural logarithm. */
    public Value log() {
        return apply(UnaryFunction.LOG);
    }

    /** The square root. */
    public Value sqrt() {
        return apply(UnaryFunction.SQRT);
    }

    /** The absolute value; its gradient at 0 is 0. */
    public Value abs() {
        return apply(UnaryFunction.ABS);
    }

    /** -1 below 0, 0 at 0, 1 above 0; its gradient is 0. */
    public Value sign() {
        return apply(UnaryFunction.SIGN);
    }

    /** The error function. */
    public Value erf() {
        return apply(UnaryFunction.ERF);
    }

    /** {@code this (1 + erf(this / sqrt(2))) / 2}. */
    public Value gelu() {
        return apply(UnaryFunction.GELU);
    }

    /** The sum of all elements, a scalar. */
    public Value sum() {
        return Axes.sum(this, shape().collapsed(Axes.all(this))).reshape(Shape.scalar());
    }

    /** The sum over {@code axes}, each 0 to rank - 1, which keep extent 1. */
    public Value sum(int... axes) {
        return Axes.sum(this, Axes.collapsed("sum", this, axes));
    }

    /** The mean of all elements, a scalar. */
    public Value mean() {
        return sum().multiply(1.0 / shape().elements());
    }

    /** The mean over {@code axes}, each 0 to rank - 1, which keep extent 1. */
    public Value mean(int... axes) {
        Value sum = sum(axes);
        return sum.multiply((double) sum.shape().elements() / shape().elements());
    }

    /** The greatest of all elements, a scalar. */
    public Value max() {
        return Axes.max(this, shape().collapsed(Axes.all(this))).reshape(Shape.scalar());
    }

    /**
     * The greatest element over {@code axes}, each 0 to rank - 1, which keep extent 1. If several are the greatest, they
     * share its gradient equally.
     */
    public Value max(int... axes) {
        return Axes.max(this, Axes.collapsed("max", this, axes));
    }

    /** The axes in another order: axis {@code i} of the result is axis {@code axes[i]} of this. */
    public Value permute(int... axes) {
        return Axes.permute(this, axes);
    }

    /** The last two axes exchanged. */
    public Value transpose() {
        return Axes.transpose(this);
    }

    /**
     * The product of matrices {@code (..., rows, inner)} and {@code (..., inner, columns)}: two of them, or one pair for
     * each position along the axes before, which agree.
     */
    public Value product(Value other) {
        return Functions.product(this, other);
    }

    /**
     * The windows over {@code (N, C, H, W)} as the columns of a matrix, {@code (N, C * height * width, windows)}: by
     * channel, then by row and column in the window; windows are in row-major order, and padding is zeros.
     */
    public Value unfold(Window window) {
        return Functions.unfold(this, window);
    }

    /** The same elements, row-major, under another shape. */
    public Value reshape(Shape shape) {
        return of(
                device().memory().reshape(tensor, shape),
                dy -> new Tensor[] {device().memory().reshape(dy, tensor.shape())},
                this);
    }

    /** {@code (N, ...)} to {@code (N, features)}. */
    public Value flatten() {
        return shape().rank() == 2
                ? this
                : reshape(Shape.of(dim(0), shape().withoutBatch().arrayLength()));
    }

    /** Positions {@code start} to {@code start + length - 1} along {@code axis}. */
    public Value slice(int axis, int start, int length) {
        Tensor out = device().memory().slice(tensor, axis, start, length);
        return tape == null ? constant(out) : tape.recordSlice(out, this, axis, start);
    }

    /** The values joined along {@code axis}. */
    public static Value concatenate(int axis, Value... values) {
        return Axes.concatenate(axis, values);
    }

    @Override
    public String toString() {
        return "Value " + tensor + (isOnTape() ? "" : ", constant");
    }
}

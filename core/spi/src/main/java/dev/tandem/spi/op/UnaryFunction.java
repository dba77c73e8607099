package dev.tandem.spi.op;

/** Functions of one number. */
public enum UnaryFunction {
    /** {@code x}; as an activation: none. */
    IDENTITY(0, true),
    /** {@code max(x, 0)}; its derivative at 0 is 0. */
    RELU(1, true),
    /** The hyperbolic tangent. */
    TANH(2, true),
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID(3, true),
    /** {@code e^x}. */
    EXP(4, true),
    /** The square root. */
    SQRT(5, true),
    /** The natural logarithm. */
    LOG(6, false),
    /** {@code |x|}; its derivative at 0 is 0. */
    ABS(7, false);

    private final int code;
    private final boolean gradientFromOutput;

    UnaryFunction(int code, boolean gradientFromOutput) {
        this.code = code;
        this.gradientFromOutput = gradientFromOutput;
    }

    /** The number that stands for the function in kernels that are not in Java. */
    public int code() {
        return code;
    }

    /** Whether the derivative is computed from the output; otherwise from the input. */
    public boolean gradientFromOutput() {
        return gradientFromOutput;
    }

    /** The function of one number; how the tests and scalar fall-backs define it. */
    public double apply(double x) {
        return switch (this) {
            case IDENTITY -> x;
            case RELU -> Math.max(x, 0);
            case TANH -> Math.tanh(x);
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case EXP -> Math.exp(x);
            case SQRT -> Math.sqrt(x);
            case LOG -> Math.log(x);
            case ABS -> Math.abs(x);
        };
    }

    /** The derivative, given the output if {@link #gradientFromOutput} holds, otherwise the input. */
    public double derivative(double value) {
        return switch (this) {
            case IDENTITY -> 1;
            case RELU -> value > 0 ? 1 : 0;
            case TANH -> 1 - value * value;
            case SIGMOID -> value * (1 - value);
            case EXP -> value;
            case SQRT -> 0.5 / value;
            case LOG -> 1 / value;
            case ABS -> Math.signum(value);
        };
    }
}

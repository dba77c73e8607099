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
    ABS(7, false),
    /** -1 below 0, 0 at 0, 1 above 0; its derivative is 0, at 0 too. */
    SIGN(8, false),
    /** The error function, {@code 2 / sqrt(pi)} times the integral of {@code e^-t^2} from 0 to {@code x}. */
    ERF(9, false),
    /** {@code x (1 + erf(x / sqrt(2))) / 2}: {@code x} times the probability that a normal number is below it. */
    GELU(10, false);

    /** Where the error function's continued fraction converges faster than its series. */
    private static final double NO_LONGER_NEAR_0 = 2;

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
            case SIGN -> Math.signum(x);
            case ERF -> erf(x);
            case GELU -> x * normalBelow(x);
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
            case SIGN -> 0;
            case ERF -> 2 / Math.sqrt(Math.PI) * Math.exp(-value * value);
            case GELU -> normalBelow(value) + value * Math.exp(-value * value / 2) / Math.sqrt(2 * Math.PI);
        };
    }

    /** The probability that a standard normal number is below {@code x}. */
    private static double normalBelow(double x) {
        return (1 + erf(x / Math.sqrt(2))) / 2;
    }

    /**
     * The error function to 1e-15 of itself. Near 0 it is
     * {@code 2 / sqrt(pi) e^-x^2 (x + 2 x^3 / 3 + 4 x^5 / (3 * 5) + ...)}, whose terms all have one sign.
     */
    private static double erf(double x) {
        if (Math.abs(x) >= NO_LONGER_NEAR_0) {
            return Math.signum(x) * (1 - tail(Math.abs(x)));
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > Math.abs(sum) * 0x1p-54; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    /** {@code 1 - erf(x)} as the continued fraction {@code e^-x^2 / sqrt(pi) / (x + 1/2 / (x + 2/2 / (x + 3/2 / ...)))}. */
    private static double tail(double x) {
        double fraction = x;
        for (int n = 60; n > 0; n--) {
            fraction = x + n / 2.0 / fraction;
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
    }
}

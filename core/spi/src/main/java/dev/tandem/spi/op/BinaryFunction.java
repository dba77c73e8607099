package dev.tandem.spi.op;

/** Functions of two numbers. */
public enum BinaryFunction {
    /** {@code a + b}. */
    ADD(0),
    /** {@code a - b}. */
    SUBTRACT(1),
    /** {@code a * b}. */
    MULTIPLY(2),
    /** {@code a / b}. */
    DIVIDE(3),
    /** The greater of {@code a} and {@code b}; not a number if one of them is not. */
    MAXIMUM(4),
    /** The lesser of {@code a} and {@code b}; not a number if one of them is not. */
    MINIMUM(5),
    /** {@code a^b}; not a number if {@code a} is below 0 and {@code b} no integer. */
    POWER(6);

    private final int code;

    BinaryFunction(int code) {
        this.code = code;
    }

    /** The number that stands for the function in kernels that are not in Java. */
    public int code() {
        return code;
    }

    /** Whether {@code f(a, b) = f(b, a)}. */
    public boolean isCommutative() {
        return this != SUBTRACT && this != DIVIDE && this != POWER;
    }

    /** The function of two numbers; how the tests and scalar fall-backs define it. */
    public double apply(double a, double b) {
        return switch (this) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / b;
            case MAXIMUM -> Math.max(a, b);
            case MINIMUM -> Math.min(a, b);
            case POWER -> Math.pow(a, b);
        };
    }
}

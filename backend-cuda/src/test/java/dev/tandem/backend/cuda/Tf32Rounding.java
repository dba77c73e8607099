package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.gpu.Format;

/**
 * What rounding both operands of a product to TF32, of 10 bits of mantissa, costs at most. With a unit roundoff
 * {@code u} of the operands and {@code v} of the additions, a sum of {@code n} products is off by at most
 *
 * <pre>{@code ((1 + u)^2 (1 + n v / (1 - n v)) - 1) * sum |a| |b|}</pre>
 *
 * (Higham, Accuracy and Stability of Numerical Algorithms, chapter 3). Additions in tensor cores may truncate to single
 * precision, so {@code v} is {@code 2^-23}. ReLU changes differences by no more than their size.
 */
enum Tf32Rounding implements Comparison.Tolerance {
    /** To within two thirds of the last bit, as our kernels do by one multiplication. */
    TWO_THIRDS(0x1p-10 * 2 / 3),
    /** Towards zero, as tensor cores do with the bits that a library leaves in an operand. */
    TRUNCATED(0x1p-10);

    private static final double ADDITION = 0x1p-23;

    private final double operand;

    Tf32Rounding(double operand) {
        this.operand = operand;
    }

    @Override
    public void require(
            String what, double[] actual, double[] expected, int terms, double[] magnitudes, Format format) {
        assertThat(terms).as("terms of %s", what).isPositive();
        double sums = (terms + 1) * ADDITION; // the result is rounded as well
        double factor = Math.pow(1 + operand, 2) * (1 + sums / (1 - sums)) - 1;
        for (int i = 0; i < expected.length; i++) {
            double distance = Math.abs(actual[i] - expected[i]);
            if (!(distance <= factor * magnitudes[i])) {
                throw new AssertionError(String.format(
                        "%s: element %d of %d is off by %.3g, allowed are %.3g of the terms' %.4g: got %s, expected %s",
                        what, i, expected.length, distance, factor, magnitudes[i], actual[i], expected[i]));
            }
        }
    }
}

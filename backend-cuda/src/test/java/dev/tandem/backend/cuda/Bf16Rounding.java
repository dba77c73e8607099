package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.gpu.Format;

/**
 * What products of bfloat16 numbers cost at most. The operands are given as such numbers, so nothing is lost of them, and
 * a product of two has 16 bits: only the additions round, as in {@link Tf32Rounding}, and the result once if it is stored
 * in bfloat16. A lost or a doubled term is far above that.
 */
record Bf16Rounding() implements Comparison.Tolerance {
    private static final double ADDITION = 0x1p-23;
    private static final double STORED = 0x1p-8;

    /** The nearest bfloat16 number, ties to even; for numbers. */
    static float nearest(float x) {
        int bits = Float.floatToRawIntBits(x);
        return Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
    }

    @Override
    public void require(
            String what, double[] actual, double[] expected, int terms, double[] magnitudes, Format format) {
        assertThat(terms).as("terms of %s", what).isPositive();
        double sums = (terms + 1) * ADDITION; // the result is rounded as well
        for (int i = 0; i < expected.length; i++) {
            double ofSum = sums / (1 - sums) * magnitudes[i];
            double allowed = ofSum + (format == Format.BF16 ? STORED * (Math.abs(expected[i]) + ofSum) : 0);
            double distance = Math.abs(actual[i] - expected[i]);
            if (!(distance <= allowed)) {
                throw new AssertionError(String.format(
                        "%s: element %d of %d is off by %.3g, allowed are %.3g in %s: got %s, expected %s",
                        what, i, expected.length, distance, allowed, format, actual[i], expected[i]));
            }
        }
    }
}

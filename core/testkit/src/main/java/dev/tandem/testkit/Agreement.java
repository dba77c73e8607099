package dev.tandem.testkit;

/**
 * The difference of two results: {@code max |actual - expected| / max(1e-6, max |expected|)} over a whole tensor. It is
 * relative to the tensor's scale instead of each element, because single precision rounds sums in proportion to their
 * largest terms, also if the sum is near zero. The error of a NaN is infinite.
 */
public final class Agreement {
    /** Below this a tensor counts as zero, and differences are absolute. */
    private static final double LEAST_SCALE = 1e-6;

    private Agreement() {}

    /** The error of {@code actual}, of the length of {@code expected}; 0 is equality. */
    public static double error(double[] actual, double[] expected) {
        return distance(actual, expected, worst(actual, expected)) / scale(expected);
    }

    /**
     * Fails if the error is above {@code tolerance}, naming the worst element.
     *
     * @param what what was computed and from which data; begins the message
     */
    public static void require(String what, double[] actual, double[] expected, double tolerance) {
        if (actual.length != expected.length) {
            throw new AssertionError(
                    what + ": wrong number of elements, got " + actual.length + ", expected " + expected.length);
        }
        double error = error(actual, expected);
        if (!(error <= tolerance)) {
            int worst = worst(actual, expected);
            throw new AssertionError(String.format(
                    "%s: off by %.3g of the tensor's scale %.4g, allowed %.3g; element %d of %d: got %s, expected %s",
                    what, error, scale(expected), tolerance, worst, expected.length, actual[worst], expected[worst]));
        }
    }

    private static int worst(double[] actual, double[] expected) {
        int worst = 0;
        for (int i = 1; i < expected.length; i++) {
            if (distance(actual, expected, i) > distance(actual, expected, worst)) {
                worst = i;
            }
        }
        return worst;
    }

    private static double distance(double[] actual, double[] expected, int i) {
        double distance = Math.abs(actual[i] - expected[i]);
        return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
    }

    private static double scale(double[] expected) {
        double scale = LEAST_SCALE;
        for (double value : expected) {
            scale = Math.max(scale, Math.abs(value));
        }
        return scale;
    }
}

package dev.tandem.run.trial;

import dev.tandem.spi.TandemException;

/** Student's t distribution of a whole number of degrees of freedom. */
final class StudentT {
    private StudentT() {}

    /**
     * How far from 0 a value is at most with this probability: 4.30 for 0.95 and 2 degrees of freedom.
     *
     * @param degrees of freedom, 1 or more
     * @param probability above 0 and below 1
     */
    static double twoSided(int degrees, double probability) {
        if (degrees < 1 || !(probability > 0 && probability < 1)) {
            throw TandemException.argument(
                    "Student's t",
                    "something out of range",
                    degrees + " degrees of freedom, probability " + probability,
                    "1 or more, and above 0 and below 1",
                    "");
        }
        double low = 0;
        double high = Math.PI / 2;
        for (int halving = 0; halving < 60; halving++) { // to the last digit of an angle
            double middle = (low + high) / 2;
            if (within(degrees, middle) < probability) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.sqrt(degrees) * Math.tan((low + high) / 2);
    }

    /**
     * The probability of at most {@code sqrt(degrees) tan(angle)} in size, as a finite sum (Abramowitz and Stegun,
     * 26.7.3 and 26.7.4).
     */
    private static double within(int degrees, double angle) {
        double cosine = Math.cos(angle);
        boolean odd = degrees % 2 == 1;
        double term = odd ? cosine : 1;
        double sum = 0;
        for (int power = odd ? 1 : 0; power <= degrees - 2; power += 2) {
            sum += term;
            term *= cosine * cosine * (power + 1) / (power + 2);
        }
        return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
    }
}

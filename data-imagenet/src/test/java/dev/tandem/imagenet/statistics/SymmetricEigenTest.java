package dev.tandem.imagenet.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class SymmetricEigenTest {
    @RepeatedTest(50)
    void agreesWithTheClosedForm(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        double[] b = random.doubles(9, -60, 60).toArray();
        double[] a = new double[9];
        for (int i = 0; i < 9; i++) {
            for (int k = 0; k < 3; k++) {
                a[i] += b[i / 3 * 3 + k] * b[i % 3 * 3 + k];
            }
        }
        SymmetricEigen eigen = new SymmetricEigen(a);
        double[] expected = closedForm(a);
        for (int i = 0; i < 3; i++) {
            assertThat(eigen.value(i)).as("value %s, %s", i, repetition).isCloseTo(expected[i], within(1e-8));
            double norm = 0;
            for (int row = 0; row < 3; row++) {
                double image = 0;
                for (int k = 0; k < 3; k++) {
                    image += a[3 * row + k] * eigen.vector(i, k);
                }
                assertThat(image)
                        .as("A v = lambda v, %s, %s", i, repetition)
                        .isCloseTo(eigen.value(i) * eigen.vector(i, row), within(1e-9));
                norm += eigen.vector(i, row) * eigen.vector(i, row);
            }
            assertThat(norm).isCloseTo(1, within(1e-12));
        }
    }

    @Test
    void takesEqualEigenvaluesAndZeros() {
        SymmetricEigen equal = new SymmetricEigen(new double[] {5, 0, 0, 0, 5, 0, 0, 0, 5});
        SymmetricEigen zero = new SymmetricEigen(new double[9]);
        for (int i = 0; i < 3; i++) {
            assertThat(equal.value(i)).isEqualTo(5);
            assertThat(zero.value(i)).isZero();
            assertThat(zero.vector(i, i)).isEqualTo(1);
        }
    }

    @Test
    void ordersByValueAndMakesTheLargestComponentPositive() {
        // Worked by hand: 300 along (1, 1, 0), 100 along (1, -1, 0), 50 along the third axis.
        SymmetricEigen eigen = new SymmetricEigen(new double[] {200, 100, 0, 100, 200, 0, 0, 0, 50});
        double half = Math.sqrt(0.5);
        assertThat(eigen.value(0)).isCloseTo(300, within(1e-12));
        assertThat(eigen.value(1)).isCloseTo(100, within(1e-12));
        assertThat(eigen.value(2)).isEqualTo(50);
        assertThat(eigen.vector(0, 0)).isCloseTo(half, within(1e-15));
        assertThat(eigen.vector(0, 1)).isCloseTo(half, within(1e-15));
        assertThat(eigen.vector(1, 0) * eigen.vector(1, 1)).isCloseTo(-0.5, within(1e-15));
        assertThat(eigen.vector(2, 2)).isEqualTo(1);
    }

    /** The roots of the characteristic polynomial by the cosine formula (Smith, 1961), largest first. */
    private static double[] closedForm(double[] a) {
        double off = a[1] * a[1] + a[2] * a[2] + a[5] * a[5];
        double mean = (a[0] + a[4] + a[8]) / 3;
        double p = Math.sqrt(
                (Math.pow(a[0] - mean, 2) + Math.pow(a[4] - mean, 2) + Math.pow(a[8] - mean, 2) + 2 * off) / 6);
        double[] b = new double[9];
        for (int i = 0; i < 9; i++) {
            b[i] = (a[i] - (i % 4 == 0 ? mean : 0)) / p;
        }
        double determinant = b[0] * (b[4] * b[8] - b[5] * b[7])
                - b[1] * (b[3] * b[8] - b[5] * b[6])
                + b[2] * (b[3] * b[7] - b[4] * b[6]);
        double angle = Math.acos(Math.max(-1, Math.min(1, determinant / 2))) / 3;
        double largest = mean + 2 * p * Math.cos(angle);
        double smallest = mean + 2 * p * Math.cos(angle + 2 * Math.PI / 3);
        return new double[] {largest, 3 * mean - largest - smallest, smallest};
    }
}

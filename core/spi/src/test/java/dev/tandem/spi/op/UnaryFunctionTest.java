package dev.tandem.spi.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class UnaryFunctionTest {
    @ParameterizedTest
    @EnumSource
    void derivativeIsTheLimitOfDifferences(UnaryFunction f) {
        for (double x : new double[] {0.3, 1, 2.5, -0.7, -2}) {
            if (x > 0 || f != UnaryFunction.LOG && f != UnaryFunction.SQRT) {
                double h = 1e-5;
                double numeric = (f.apply(x + h) - f.apply(x - h)) / (2 * h);
                double given = f.derivative(f.gradientFromOutput() ? f.apply(x) : x);
                assertThat(given).as("%s at %s", f, x).isCloseTo(numeric, within(1e-8));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RELU", "ABS"})
    void kinksHaveDerivativeZero(UnaryFunction f) {
        assertThat(f.apply(0)).isZero();
        assertThat(f.derivative(0)).isZero();
    }

    /** Values from tables. */
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1e-300, 1.1283791670955126e-300",
        "0.5, 0.5204998778130465",
        "-1, -0.8427007929497149",
        "2.5, 0.9995930479825550",
        "-3, -0.9999779095030014",
        "5, 0.9999999999984626",
        "1.999, 0.9953015566513705",
        "2.001, 0.9953428907185247",
        "6.5, 1",
        "Infinity, 1",
        "-Infinity, -1"
    })
    void errorFunction(double x, double expected) {
        assertThat(UnaryFunction.ERF.apply(x)).isCloseTo(expected, within(1e-15 * Math.abs(expected)));
    }
}

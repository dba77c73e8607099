package dev.tandem.spi.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
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
}

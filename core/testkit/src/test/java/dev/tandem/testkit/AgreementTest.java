package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AgreementTest {
    @Test
    void errorIsRelativeToTheLargestExpectedElement() {
        assertThat(Agreement.error(new double[] {0.5, -200}, new double[] {0, -200}))
                .isEqualTo(0.5 / 200);
        assertThat(Agreement.error(new double[] {1e-9}, new double[] {0})).isEqualTo(1e-9 / 1e-6);
        assertThat(Agreement.error(new double[] {1}, new double[] {1})).isZero();
    }

    @Test
    void notANumberAgreesWithNothing() {
        assertThat(Agreement.error(new double[] {1, Double.NaN}, new double[] {1, 2}))
                .isInfinite();
    }

    @Test
    void requireNamesTheWorstElement() {
        assertThatCode(() -> Agreement.require("y", new double[] {10, 20.1}, new double[] {10, 20}, 0.01))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> Agreement.require("y", new double[] {10, 20.5}, new double[] {10, 20}, 0.01))
                .hasMessage("y: off by 0.0250 of the tensor's scale 20.00, allowed 0.0100;"
                        + " element 1 of 2: got 20.5, expected 20.0");
        assertThatThrownBy(() -> Agreement.require("y", new double[1], new double[2], 0.01))
                .hasMessage("y: wrong number of elements, got 1, expected 2");
    }
}

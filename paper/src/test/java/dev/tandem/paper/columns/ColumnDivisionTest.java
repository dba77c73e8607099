package dev.tandem.paper.columns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.spi.Shape;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ColumnDivisionTest {
    /** Kernels of one pixel, the first {@code coloured} of them red less green, the others grey. */
    private static float[] kernels(int count, int coloured) {
        float[] weights = new float[3 * count];
        for (int k = 0; k < count; k++) {
            boolean colour = k < coloured;
            weights[3 * k] = 1;
            weights[3 * k + 1] = colour ? -1 : 1;
            weights[3 * k + 2] = colour ? 0 : 1;
        }
        return weights;
    }

    @Test
    void colourIsWhatIsOrthogonalToGrey() {
        Shape shape = Shape.of(3, 3, 1, 1);
        float[] weights = {2, 2, 2, 1, -1, 0, 1, 0, 0};
        assertThat(ColumnDivision.colourfulness(weights, shape, 0)).isCloseTo(0, within(1e-12));
        assertThat(ColumnDivision.colourfulness(weights, shape, 1)).isCloseTo(1, within(1e-12));
        assertThat(ColumnDivision.colourfulness(weights, shape, 2)).isCloseTo(2 / 3., within(1e-12));
    }

    @Test
    @DisplayName("of 8 kernels, 4 in colour: 2 of 70 divisions are as far apart, so 1/35 of them")
    void aWholeDivisionIsAsUnlikelyAsCountingSays() {
        ColumnDivision division = ColumnDivision.of(kernels(8, 4), Shape.of(8, 3, 1, 1));
        assertThat(division.first()).isCloseTo(1, within(1e-12));
        assertThat(division.second()).isCloseTo(0, within(1e-12));
        // 20,000 draws: a standard error of 0.0012.
        assertThat(division.chance()).isCloseTo(2 / 70., within(0.005));
        assertThat(division.isDivided()).isTrue();
    }

    @Test
    void equalColumnsAreNotDivided() {
        float[] weights = kernels(8, 0);
        weights[1] = -1; // one kernel of each column in colour
        weights[3 * 4 + 1] = -1;
        ColumnDivision division = ColumnDivision.of(weights, Shape.of(8, 3, 1, 1));
        assertThat(division.chance()).isEqualTo(1);
        assertThat(division.isDivided()).isFalse();
    }

    @Test
    @DisplayName("of random kernels, about one in twenty is called divided")
    void chanceDividesAsOftenAsItSays() {
        long seed = 20121203;
        Random random = new Random(seed);
        int divided = 0;
        for (int trial = 0; trial < 200; trial++) {
            float[] weights = new float[16 * 3];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = (float) random.nextGaussian();
            }
            divided += ColumnDivision.of(weights, Shape.of(16, 3, 1, 1)).isDivided() ? 1 : 0;
        }
        // 10 of 200 are expected, with a standard deviation of 3.1.
        assertThat(divided).as("seed " + seed).isBetween(1, 22);
    }

    @Test
    void refusesOtherShapes() {
        assertThatThrownBy(() -> ColumnDivision.of(new float[9], Shape.of(3, 3, 1, 1)))
                .hasMessageContaining("columns: no kernels of two columns, got 3x3x1x1, expected (K, 3, h, w)");
    }
}

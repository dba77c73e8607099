package dev.tandem.analysis.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.spi.TandemException;
import org.junit.jupiter.api.Test;

class HeatmapTest {
    /** Two by three cells over six pixels by four. */
    private static final Heatmap MAP = Heatmap.spread(new float[] {0, 1, 2, 10, 31, 12}, 3, 2, 6, 4);

    @Test
    void isItsNumbersAtTheCentresOfCellsAndBilinearBetween() {
        assertThat(MAP.at(1, 1)).isZero();
        assertThat(MAP.at(3, 1)).isEqualTo(1);
        assertThat(MAP.at(5, 3)).isEqualTo(12);
        assertThat(MAP.at(2, 1)).isEqualTo(0.5);
        assertThat(MAP.at(1, 2)).isEqualTo(5);
        assertThat(MAP.at(4, 2.5)).isCloseTo(0.25 * 1.5 + 0.75 * 21.5, within(1e-9));
    }

    @Test
    void staysTheSameBeyondTheOutermostCentres() {
        assertThat(MAP.at(0, 0)).isZero();
        assertThat(MAP.at(6, 4)).isEqualTo(12);
        assertThat(MAP.at(0, 3.9)).isEqualTo(10);
    }

    @Test
    void knowsWhereItIsGreatestAndLeast() {
        assertThat(MAP.greatest()).isEqualTo(new Heatmap.Place(3, 3, 31));
        assertThat(MAP.least()).isEqualTo(new Heatmap.Place(1, 1, 0));
        assertThat(new Heatmap(new float[] {7}, new double[] {2}, new double[] {5}).greatest())
                .isEqualTo(new Heatmap.Place(2, 5, 7));
    }

    @Test
    void refusesNumbersThatAreNoGrid() {
        assertThatThrownBy(() -> new Heatmap(new float[3], new double[2], new double[2]))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("not a number for each cell, got 3 numbers, expected 2 x 2");
    }
}

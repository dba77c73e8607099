package dev.tandem.run.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected values are those of SciPy 1.17: {@code stats.t.ppf} and {@code stats.ttest_rel(...).confidence_interval}. */
class PairedDifferenceTest {
    @ParameterizedTest
    @CsvSource({
        "1, 12.706204736174694, 3.0776835371752544",
        "2, 4.302652729749462, 1.8856180831641272",
        "3, 3.1824463052837078, 1.637744353696209",
        "4, 2.7764451051977934, 1.533206274058944",
        "9, 2.262157162798205, 1.3830287383966329",
        "30, 2.0422724563012378, 1.3104150253913955",
        "99, 1.9842169515864174, 1.2901614420344854"
    })
    void quantilesAreThoseOfStudent(int degrees, double at95, double at80) {
        assertThat(StudentT.twoSided(degrees, 0.95)).isEqualTo(at95, within(1e-12 * at95));
        assertThat(StudentT.twoSided(degrees, 0.8)).isEqualTo(at80, within(1e-12 * at80));
    }

    @Test
    void intervalsAreThoseOfThePairedTest() {
        PairedDifference five = PairedDifference.of(
                List.of(0.2012, 0.1954, 0.2101, 0.1987, 0.2033), List.of(0.1931, 0.1902, 0.2010, 0.1949, 0.1921), 1e-4);
        assertThat(five.mean()).isEqualTo(0.00748, within(1e-15));
        assertThat(five.mean() - five.margin().orElseThrow()).isEqualTo(0.0037763845740923017, within(1e-14));
        assertThat(five.mean() + five.margin().orElseThrow()).isEqualTo(0.011183615425907694, within(1e-14));
        assertThat(five.isSeen()).isTrue();
        PairedDifference two = PairedDifference.of(List.of(0.3, 0.28), List.of(0.27, 0.29), 1e-4);
        assertThat(two.mean() - two.margin().orElseThrow()).isEqualTo(-0.2441240947234934, within(1e-14));
        assertThat(two.mean() + two.margin().orElseThrow()).isEqualTo(0.2641240947234934, within(1e-14));
        assertThat(two.isSeen()).isFalse();
        PairedDifference better = PairedDifference.of(List.of(0.181, 0.190, 0.185), List.of(0.192, 0.199, 0.1985), 0);
        assertThat(better.mean() - better.margin().orElseThrow()).isEqualTo(-0.016767465348010786, within(1e-14));
        assertThat(better.isSeen()).isTrue();
    }

    @Test
    void onePairHasNoInterval() {
        PairedDifference one = PairedDifference.of(List.of(0.5), List.of(0.1), 0.01);
        assertThat(one.mean()).isEqualTo(0.4);
        assertThat(one.margin()).isEmpty();
        assertThat(one.isSeen()).isFalse();
    }

    @Test
    void equalDifferencesAreNoSurerThanOneImage() {
        // 1 of 12 images more, twice.
        PairedDifference coarse =
                PairedDifference.of(List.of(3 / 12.0, 5 / 12.0), List.of(2 / 12.0, 4 / 12.0), 1 / 12.0);
        assertThat(coarse.margin().orElseThrow()).isEqualTo(12.706204736174694 / 12 / Math.sqrt(2), within(1e-12));
        assertThat(coarse.isSeen()).isFalse();
        assertThat(PairedDifference.of(List.of(0.3, 0.3), List.of(0.3, 0.3), 0).isSeen())
                .isFalse();
    }

    @Test
    void ofTwentyComparisonsOfEqualsAboutOneIsOutside() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int outside = 0;
        for (int study = 0; study < 20_000; study++) {
            List<Double> one =
                    random.doubles(3).map(x -> random.nextGaussian()).boxed().toList();
            List<Double> other =
                    random.doubles(3).map(x -> random.nextGaussian()).boxed().toList();
            outside += PairedDifference.of(one, other, 0).isSeen() ? 1 : 0;
        }
        // Five standard deviations of a count: 154.
        assertThat(outside).as("seed " + seed).isBetween(1000 - 155, 1000 + 155);
    }

    @Test
    void errorsThatAreNoPairsAreRefused() {
        assertThatThrownBy(() -> PairedDifference.of(List.of(0.1), List.of(), 0))
                .isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> PairedDifference.of(List.of(), List.of(), 0)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> StudentT.twoSided(0, 0.95)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> StudentT.twoSided(1, 1)).isInstanceOf(TandemException.class);
    }
}

package dev.tandem.cli.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a row of the table says. */
class VariantErrorsTest {
    private static final List<Long> SEEDS = List.of(1L, 2L, 3L);
    private static final List<Double> WHOLE = List.of(0.192, 0.199, 0.1985);

    private static String row(List<Double> errors, List<Double> whole) {
        return VariantErrors.of("no-lrn", SEEDS, errors, whole, 10_000).row();
    }

    @Test
    void aDifferenceIsSaidWhereItsIntervalIsOnOneSideOfZero() {
        // The interval is SciPy's: stats.ttest_rel(...).confidence_interval(0.95).
        assertThat(row(List.of(0.181, 0.190, 0.185), WHOLE))
                .isEqualTo("| no-lrn | 18.53 | 18.10 to 19.00 | -1.12 | -1.68 to -0.56 | better by 0.56 to 1.68 |");
        assertThat(row(WHOLE, List.of(0.181, 0.190, 0.185)))
                .isEqualTo("| no-lrn | 19.65 | 19.20 to 19.90 | +1.12 | +0.56 to +1.68 | worse by 0.56 to 1.68 |");
        assertThat(row(List.of(0.193, 0.198, 0.1985), WHOLE))
                .endsWith("| +0.00 | -0.25 to +0.25 | no difference seen |");
        assertThat(row(WHOLE, null)).isEqualTo("| no-lrn | 19.65 | 19.20 to 19.90 |  |  |  |");
    }

    @Test
    void whatDivergedIsSaidAndLeavesItsPairOut() {
        List<Double> twice = Arrays.asList(0.181, null, null);
        assertThat(row(twice, WHOLE))
                .isEqualTo("| no-lrn | 18.10 | 18.10 to 18.10 | -1.10 |  | diverged with seed 2, 3 |");
        assertThat(row(Arrays.asList(0.181, null, 0.185), WHOLE)).endsWith(" | diverged with seed 2 |");
        assertThat(row(Arrays.asList(null, null, null), WHOLE))
                .isEqualTo("| no-lrn |  |  |  |  | diverged with seed 1, 2, 3 |");
        assertThat(row(WHOLE, Arrays.asList(null, null, null))).endsWith("|  |  | nothing to compare with |");
        assertThat(row(WHOLE, twice)).endsWith("| +1.10 |  | one seed tells no difference |");
    }
}

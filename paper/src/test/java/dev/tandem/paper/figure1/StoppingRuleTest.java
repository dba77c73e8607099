package dev.tandem.paper.figure1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class StoppingRuleTest {
    private static final double NONE = Double.POSITIVE_INFINITY;

    private final StoppingRule rule = new StoppingRule(0.25, 6, 3, 0.9);

    @Test
    void aTrialEndsWhereItReachesTheGoalAndTheEpochsAreInterpolated() {
        assertThat(rule.ending(List.of(), NONE)).isEmpty();
        assertThat(rule.ending(List.of(0.5, 0.35), NONE)).isEmpty();
        assertThat(rule.ending(List.of(0.5, 0.35, 0.25), NONE)).contains(Ending.REACHED);
        // From 0.35 after two epochs to 0.15 after three: half of the third epoch.
        assertThat(rule.epochsToGoal(List.of(0.5, 0.35, 0.15))).isEqualTo(2.5, within(1e-12));
        assertThat(rule.epochsToGoal(List.of(0.1)))
                .as("from the error of guesses")
                .isEqualTo((0.9 - 0.25) / 0.8, within(1e-12));
    }

    @Test
    void aTrialThatCannotBeFasterIsGivenUp() {
        assertThat(rule.ending(List.of(0.5, 0.4), 2.5)).isEmpty();
        assertThat(rule.ending(List.of(0.5, 0.4, 0.3), 2.5)).contains(Ending.SLOWER);
        assertThat(rule.ending(List.of(0.5, 0.4, 0.2), 2.5))
                .as("reached, though later: it is compared then")
                .contains(Ending.REACHED);
    }

    @Test
    void aTrialAtChanceIsGivenUpAlsoIfItHadLearnt() {
        assertThat(rule.ending(List.of(0.9, 0.89), NONE)).isEmpty();
        assertThat(rule.ending(List.of(0.9, 0.89, 0.9), NONE)).contains(Ending.AT_CHANCE);
        assertThat(rule.ending(List.of(0.9, 0.87, 0.9), NONE)).isEmpty();
        assertThat(rule.ending(List.of(0.5, 0.9, 0.9, 0.9), NONE)).contains(Ending.AT_CHANCE);
    }

    @Test
    void aTrialHasItsEpochs() {
        assertThat(rule.ending(List.of(0.5, 0.5, 0.5, 0.5, 0.5), NONE)).isEmpty();
        assertThat(rule.ending(List.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5), NONE)).contains(Ending.OUT_OF_EPOCHS);
    }

    @Test
    void aGoalThatGuessesReachIsRefused() {
        assertThatThrownBy(() -> new StoppingRule(0.9, 6, 3, 0.9))
                .hasMessageContaining("figure 1: a number out of range, got error 0.9")
                .hasMessageContaining("below 0.9, that of guesses");
        assertThatThrownBy(() -> new StoppingRule(0.25, 0, 3, 0.9)).hasMessageContaining("0 epochs");
    }
}

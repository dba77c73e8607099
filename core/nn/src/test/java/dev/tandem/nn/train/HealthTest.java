package dev.tandem.nn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.tandem.nn.train.Health.Finding;
import dev.tandem.nn.train.Health.Trouble;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HealthTest {
    private static final Health WELL = new Health(
            Map.of("conv1", new ActivationHealth(0.1, 0)), Map.of("conv1.weight", 0.001, "conv1.bias", 0.01));

    private static List<EpochRecord> history(int epochs, double loss, Health last) {
        List<EpochRecord> history = new ArrayList<>();
        for (int epoch = 1; epoch <= epochs; epoch++) {
            Health health = epoch == epochs ? last : WELL;
            history.add(new EpochRecord(epoch, epoch, 0.01, loss, 0.5, null, 1.0, 1, 0, List.of(), health, 1));
        }
        return history;
    }

    @Test
    void nothingIsFoundInARunThatLearns() {
        assertThat(Health.findings(history(9, 0.7, WELL), 4)).isEmpty();
        assertThat(Health.findings(List.of(), 4)).isEmpty();
    }

    @Test
    void aLossOfChanceIsFoundAfterFiveEpochs() {
        double chance = Math.log(4);
        assertThat(Health.findings(history(4, chance, WELL), 4)).isEmpty();
        assertThat(Health.findings(history(5, 0.98 * chance, WELL), 4)).isEmpty();
        assertThat(Health.findings(history(5, 1.001 * chance, WELL), 4))
                .containsExactly(new Finding(
                        Trouble.AT_CHANCE, "loss", "the loss has stayed at ln(4) = 1.386, chance, for 5 epochs"));
    }

    @Test
    void deadAndSaturatedUnitsAndLargeUpdatesAreFound() {
        Health ill = new Health(
                Map.of("conv1", new ActivationHealth(0.95, 0), "fc2", new ActivationHealth(0, 0.92)),
                Map.of("conv1.weight", 0.5, "conv1.bias", 0.5));
        assertThat(Health.findings(history(1, 1, ill), 4))
                .extracting(Finding::trouble, Finding::subject)
                .as("a bias may change by half of its length")
                .containsExactly(
                        tuple(Trouble.DEAD_UNITS, "conv1"),
                        tuple(Trouble.SATURATED, "fc2"),
                        tuple(Trouble.LARGE_UPDATE, "conv1.weight"));
    }
}

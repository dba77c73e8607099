package dev.tandem.alexnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.StepTime;
import dev.tandem.placement.StepTime.Machine;
import dev.tandem.placement.Strategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepTimeTest {
    private final Recipe owt = Recipes.OWT.recipe(1000);

    /**
     * 90 epochs of 1.28 million images in 98.05 hours on one K20, which is 1.3 TFLOP/s; PCI Express 2.0 x16 is 8
     * GB/s.
     */
    private static final Machine K20 = new Machine(1.3e12, 8e9);

    private double imagesPerSecond(Strategy strategy, int devices, int batch) {
        StepTime time =
                StepTime.predict(owt.network(), owt.input(1).withoutBatch(), strategy::table, devices, batch, K20);
        return batch / time.seconds();
    }

    /** "One weird trick" (2014), table 1: batches of 128 for each device. */
    @ParameterizedTest
    @CsvSource({"2, 1.95", "4, 3.74", "8, 6.25"})
    void predictsTheReportedScalingOfHybrid(int devices, double reported) {
        double one = imagesPerSecond(Strategy.SINGLE, 1, 128);
        double many = imagesPerSecond(Strategy.HYBRID, devices, 128 * devices);
        assertThat(many / one).isEqualTo(reported, within(0.1 * reported));
    }

    @Test
    void prefersHybridToDataWhereWeightsAreMany() {
        assertThat(imagesPerSecond(Strategy.HYBRID, 8, 1024))
                .isGreaterThan(1.5 * imagesPerSecond(Strategy.DATA, 8, 1024));
    }

    @Test
    void isWorkOverSpeedOnOneDevice() {
        StepTime one =
                StepTime.predict(owt.network(), owt.input(1).withoutBatch(), Strategy.SINGLE::table, 1, 128, K20);
        // Forward, data and weight gradients; conv1, 70 million multiply-adds, has no data gradient.
        double multiplyAdds = 128 * (3 * 714_188_480.0 - 64 * 55 * 55 * 363.0);
        assertThat(one.computeSeconds()).isEqualTo(2 * multiplyAdds / 1.3e12, within(1e-9));
        assertThat(one.transferSeconds()).isZero();
    }

    @Test
    void refusesNonsense() {
        assertThatThrownBy(() -> new Machine(0, 1)).hasMessageContaining("above 0");
        assertThatThrownBy(() -> imagesPerSecond(Strategy.DATA, 8, 8)).hasMessageContaining("8 over 8");
    }
}

package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Strategy;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One network on a device of this backend and one of another, as {@code tandem.placement.devices} allows. */
class MixedPlacementTest {
    private static final int STEPS = 5;
    /** Sums in single precision, taken in another order; they differ by a few roundings of 6e-8 each. */
    private static final Percentage ROUNDING =
            Percentage.withPercentage(100 * BackendConformance.SINGLE_PRECISION / 10);

    private final CudaBackendProvider provider = EmulatedDriver.provider();

    private static double[] losses(DevicePlacement placement) {
        double[] losses = new double[STEPS];
        try (PlacedModel model = placement.place(TrainingTest.NETWORK, TrainingTest.INPUT, Training.paper())) {
            model.initialize(3);
            for (int step = 0; step < STEPS; step++) {
                HostBatch batch = TrainingTest.batch(step);
                model.step(batch, new StepSettings(3, step, 0.05));
                losses[step] = model.takeLoss().mean();
            }
        }
        return losses;
    }

    @ParameterizedTest
    @CsvSource({"COLUMNS, true", "COLUMNS, false", "DATA, true", "DATA, false", "HYBRID, true", "HYBRID, false"})
    void lossesAreThoseOfOneDevice(Strategy strategy, boolean cudaFirst) {
        try (Backend cuda = provider.open(BackendOptions.of(provider, Map.of("devices", 1L, "accelerators", 0L)));
                Backend other = TrainingTest.otherBackend()) {
            Device here = cuda.devices().get(0);
            Device there = other.devices().get(0);
            double[] expected = losses(DevicePlacement.single(there));
            double[] mixed =
                    losses(DevicePlacement.of(strategy, cudaFirst ? List.of(here, there) : List.of(there, here)));
            for (int step = 0; step < STEPS; step++) {
                assertThat(mixed[step]).as("loss of step %d", step).isCloseTo(expected[step], ROUNDING);
            }
        }
    }
}

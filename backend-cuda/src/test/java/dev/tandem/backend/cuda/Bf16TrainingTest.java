package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Strategy;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of {@link TrainingTest}'s net with elements in bfloat16. */
class Bf16TrainingTest {
    private static final int STEPS = 6;

    /**
     * From the images to the loss and back to the weights, what each is computed from has been stored at most so often:
     * two convolutions, a normalization and a layer with their outputs, and as many gradients; storing rounds by at most
     * 2^-8. Errors of sums of many such numbers partly cancel each other, so that of the loss is held to half of that.
     */
    private static final double TOLERANCE = 8 * 0x1p-8 / 2;

    private static Backend open(long accelerators) {
        CudaBackendProvider provider =
                accelerators == 1 ? EmulatedDriver.providerWithLibraries() : EmulatedDriver.provider();
        Map<String, Long> settings = new HashMap<>(EmulatedDriver.twoDevices(accelerators));
        settings.put("bf16", 1L);
        return provider.open(BackendOptions.of(provider, settings));
    }

    private static PlacedModel place(Backend backend, Strategy strategy) {
        List<Device> devices = backend.devices().subList(0, strategy == Strategy.SINGLE ? 1 : 2);
        return DevicePlacement.of(strategy, devices).place(TrainingTest.NETWORK, TrainingTest.INPUT, Training.paper());
    }

    private static double step(PlacedModel model, int step) {
        model.step(TrainingTest.batch(step), new StepSettings(3, step, 0.05));
        return model.takeLoss().mean();
    }

    @ParameterizedTest
    @EnumSource
    void learnsAsInSinglePrecision(Strategy strategy) {
        learns(0, strategy);
    }

    @ParameterizedTest
    @EnumSource(names = {"SINGLE", "COLUMNS"})
    void learnsByLibrariesAsInSinglePrecision(Strategy strategy) {
        learns(1, strategy);
    }

    private static void learns(long accelerators, Strategy strategy) {
        try (Backend cuda = open(accelerators);
                Backend other = TrainingTest.otherBackend();
                PlacedModel expected = place(other, Strategy.SINGLE);
                PlacedModel model = place(cuda, strategy)) {
            expected.initialize(3);
            model.initialize(3);
            for (int step = 0; step < STEPS; step++) {
                double loss = step(expected, step);
                assertThat(step(model, step)).as("step %d", step).isCloseTo(loss, within(TOLERANCE * loss));
            }
        }
    }

    /** Two runs give the same bits, and so does one that ends in its middle and goes on from what it has saved. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void resumesBitForBit(long accelerators) {
        try (Backend cuda = open(accelerators);
                PlacedModel whole = place(cuda, Strategy.SINGLE);
                PlacedModel first = place(cuda, Strategy.SINGLE);
                PlacedModel rest = place(cuda, Strategy.SINGLE)) {
            whole.initialize(3);
            first.initialize(3);
            rest.initialize(4);
            for (int step = 0; step < STEPS; step++) {
                double loss = step(whole, step);
                if (step == STEPS / 2) {
                    first.parameters().forEach(spec -> {
                        rest.write(spec.name(), first.read(spec.name()));
                        first.state()
                                .forEach(state ->
                                        rest.writeState(state, spec.name(), first.readState(state, spec.name())));
                    });
                }
                PlacedModel part = step < STEPS / 2 ? first : rest;
                assertThat(step(part, step)).as("step %d", step).isEqualTo(loss);
            }
            whole.parameters()
                    .forEach(spec -> assertThat(rest.read(spec.name()))
                            .as(spec.name())
                            .containsExactly(whole.read(spec.name())));
        }
    }

    /** The images' copy in bfloat16 is made anew when another batch comes into their memory. */
    @Test
    void prefetchedBatchesAreConvertedAnew() {
        try (Backend cuda = open(1);
                PlacedModel plain = place(cuda, Strategy.SINGLE);
                PlacedModel ahead = place(cuda, Strategy.SINGLE)) {
            plain.initialize(3);
            ahead.initialize(3);
            HostBatch next = TrainingTest.batch(0);
            for (int step = 0; step < STEPS; step++) {
                HostBatch batch = next;
                next = TrainingTest.batch(step + 1);
                ahead.step(batch, new StepSettings(3, step, 0.05));
                assertThat(ahead.prefetch(next)).isTrue();
                assertThat(ahead.takeLoss().mean()).as("step %d", step).isEqualTo(step(plain, step));
            }
        }
    }
}

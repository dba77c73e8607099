package dev.tandem.alexnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.placement.Forecast;
import dev.tandem.placement.LayerForecast;
import dev.tandem.placement.LayerForecast.Received;
import dev.tandem.placement.Strategy;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One model, many devices: the same losses under every placement, in double precision. */
class PlacementEquivalenceTest {
    private static final int STEPS = 3;
    private static final int BATCH = 4;
    private static final long SEED = 1;
    private static final Sizes TINY =
            Sizes.paper().width(12).hidden(16).image(67).crop(63);

    @ParameterizedTest
    @EnumSource
    void everyRecipeTrainsAlikeUnderEveryPlacement(Recipes which) {
        Recipe recipe = which.recipe(4, TINY);
        List<Double> single = losses(recipe, Strategy.SINGLE, 1);
        assertThat(single).as("losses of %s", which).allMatch(Double::isFinite).doesNotHaveDuplicates();
        for (Strategy strategy : List.of(Strategy.COLUMNS, Strategy.DATA, Strategy.HYBRID)) {
            for (int devices : new int[] {2, 4}) {
                List<Double> divided = losses(recipe, strategy, devices);
                for (int step = 0; step < STEPS; step++) {
                    assertThat(divided.get(step))
                            .as("%s, %s over %d devices, seed %d, step %d", which, strategy, devices, SEED, step)
                            .isEqualTo(single.get(step), within(1e-9 * single.get(step)));
                }
            }
        }
    }

    private static List<Double> losses(Recipe recipe, Strategy strategy, int devices) {
        var provider = Backends.named("reference");
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
                PlacedModel model = DevicePlacement.of(strategy, backend.devices())
                        .place(recipe.network(), recipe.input(BATCH), recipe.training())) {
            model.initialize(SEED);
            List<Double> losses = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                model.step(batch(recipe), new StepSettings(SEED, step, 0.001));
                losses.add(model.takeLoss().mean());
            }
            return losses;
        }
    }

    private static HostBatch batch(Recipe recipe) {
        HostBatch batch = new HostBatch(recipe.input(BATCH));
        Philox.gaussians(
                new RandomKey(SEED, RandomKey.Purpose.SYNTHETIC, 0, 0),
                0,
                batch.images().array(),
                0,
                batch.images().array().length);
        for (int i = 0; i < batch.images().array().length; i++) {
            batch.images().array()[i] *= 50;
        }
        for (int i = 0; i < BATCH; i++) {
            batch.labels()[i] = i % 4;
        }
        return batch;
    }

    /** The two columns of the original program exchange what alexnet.md says: the inputs of conv3, fc6, fc7 and fc8. */
    @Test
    void columnsExchangeWhatThePapersTwoGpusDid() {
        Recipe original = Recipes.ORIGINAL.recipe(1000);
        int n = 128;
        Forecast forecast = Forecast.of(original.network(), original.input(n), Strategy.COLUMNS::table, 2);
        // By hand: each device lacks the other's half of each exchanged input; the two halves make one whole. The
        // gradients go the same way back.
        Map<String, Long> byHand = Map.of(
                "conv3", 256L * 13 * 13,
                "fc6", 256L * 6 * 6,
                "fc7", 4096L,
                "fc8", 4096L,
                "(loss)", 500L);
        for (LayerForecast layer : forecast.layers()) {
            long bytes = n * byHand.getOrDefault(layer.name(), 0L) * Float.BYTES;
            assertThat(layer.received()).as(layer.name()).isEqualTo(new Received(bytes, 0, 0, bytes));
        }
        assertThat(forecast.crossedBytes())
                .isEqualTo(2L * n * Float.BYTES * (256 * 13 * 13 + 256 * 6 * 6 + 4096 + 4096 + 500));
    }

    /**
     * The paper's text normalizes over all kernels of the layer: two neighbours across the columns' edge come on top.
     */
    @Test
    void normalizingOverAllKernelsCostsTheNeighboursAcrossTheEdge() {
        Recipe paper = Recipes.PAPER.recipe(1000);
        Recipe original = Recipes.ORIGINAL.recipe(1000);
        long within = Forecast.of(original.network(), original.input(4), Strategy.COLUMNS::table, 2)
                .crossedBytes();
        long over = Forecast.of(paper.network(), paper.input(4), Strategy.COLUMNS::table, 2)
                .crossedBytes();
        long neighbours = 2L * 2 * (55 * 55 + 27 * 27);
        assertThat(over - within).isEqualTo(2 * 4 * neighbours * Float.BYTES);
    }

    @Test
    void columnsHalveTheWorkAndTheWeights() {
        Recipe original = Recipes.ORIGINAL.recipe(1000);
        Forecast whole = Forecast.of(original.network(), original.input(8), Strategy.SINGLE::table, 1);
        Forecast halves = Forecast.of(original.network(), original.input(8), Strategy.COLUMNS::table, 2);
        assertThat(halves.devices().get(0).multiplyAdds())
                .isEqualTo(halves.devices().get(1).multiplyAdds())
                .isEqualTo(whole.devices().get(0).multiplyAdds() / 2);
        // Weights, velocities and gradients are all but a little of this small batch's memory.
        assertThat(halves.devices().get(1).bytes()).isLessThan(whole.bytes() * 55 / 100);
    }

    @Test
    void knowsItsMemoryBeforeAnyIsTaken() {
        Recipe paper = Recipes.PAPER.recipe(1000);
        long parameters = 60_965_224L * 4;
        Forecast forecast = Forecast.of(paper.network(), paper.input(128), Strategy.SINGLE::table, 1);
        // Weights, velocities and gradients are three times the parameters; the activations come on top.
        assertThat(forecast.bytes()).isBetween(3 * parameters, 3_000_000_000L);
    }
}

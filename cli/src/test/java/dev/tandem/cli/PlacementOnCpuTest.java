package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * In single precision, on virtual devices: the losses of one device under every placement, chosen by configuration.
 * {@code -Dplacement.full=true} widens it to 50 steps of three seeds and prints the largest differences.
 */
class PlacementOnCpuTest {
    private static final boolean FULL = Boolean.getBoolean("placement.full");
    private static final List<Long> SEEDS = FULL ? List.of(1L, 2L, 3L) : List.of(2L);
    private static final int CLOSE_STEPS = 15;
    private static final int STEPS = FULL ? 50 : CLOSE_STEPS;
    private static final int BATCH = 12;
    /** Low enough that the steps do not swing: where they do, rounding grows beyond any bound. */
    private static final double RATE = 0.001;

    private static final Sizes TINY =
            Sizes.paper().width(12).hidden(16).image(67).crop(63);
    private static final Map<String, List<Integer>> DEVICES =
            Map.of("columns", List.of(2, 4), "data", List.of(2, 3, 4), "hybrid", List.of(2, 4));

    @ParameterizedTest
    @EnumSource
    void everyRecipeTrainsAlike(Recipes which) {
        Recipe recipe = which.recipe(4, TINY);
        for (long seed : SEEDS) {
            List<Double> single = losses(recipe, "single", 1, seed);
            assertThat(Collections.max(single) - Collections.min(single))
                    .as("the net must move, or all placements are alike: %s", single)
                    .isGreaterThan(0.5);
            DEVICES.forEach((strategy, counts) -> counts.forEach(devices -> {
                List<Double> divided = losses(recipe, strategy, devices, seed);
                double[] worst = new double[2];
                for (int step = 0; step < STEPS; step++) {
                    // Rounding alone separates two runs by more and more.
                    boolean close = step < CLOSE_STEPS;
                    double difference = Math.abs(divided.get(step) - single.get(step)) / single.get(step);
                    assertThat(difference)
                            .as("%s, %s over %d devices, seed %d, step %d", which, strategy, devices, seed, step)
                            .isLessThanOrEqualTo(close ? 1e-5 : 1e-2);
                    worst[close ? 0 : 1] = Math.max(worst[close ? 0 : 1], difference);
                }
                if (FULL) {
                    System.out.printf(
                            "%s, %s over %d, seed %d: largest relative difference %.1e to step 15, %.1e after%n",
                            which, strategy, devices, seed, worst[0], worst[1]);
                }
            }));
        }
    }

    private static List<Double> losses(Recipe recipe, String strategy, int devices, long seed) {
        String settings =
                "tandem { backend = cpu, cpu.devices = " + devices + ", placement.strategy = " + strategy + " }";
        try (Tandem tandem = Tandem.configure(settings);
                PlacedModel model =
                        tandem.placement().place(recipe.network(), recipe.input(BATCH), recipe.training())) {
            model.initialize(seed);
            widen(model);
            List<Double> losses = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                model.step(batch(recipe, seed, step), new StepSettings(seed, step, RATE));
                losses.add(model.takeLoss().mean());
            }
            return losses;
        }
    }

    /**
     * Scales the weights of each layer to a mean square of 2 / fan-in: as the recipes start, nets this small stay
     * where they are for longer than this test runs, and show nothing.
     */
    private static void widen(PlacedModel model) {
        for (ParameterSpec spec : model.parameters()) {
            if (spec.shape().rank() > 1) {
                float[] weights = model.read(spec.name());
                double squares = 0;
                for (float weight : weights) {
                    squares += weight * weight;
                }
                double fanIn = spec.shape().withoutBatch().elements();
                double factor = Math.sqrt(2 / fanIn / (squares / weights.length));
                for (int i = 0; i < weights.length; i++) {
                    weights[i] *= (float) factor;
                }
                model.write(spec.name(), weights);
            }
        }
    }

    private static HostBatch batch(Recipe recipe, long seed, int step) {
        HostBatch batch = new HostBatch(recipe.input(BATCH));
        RandomKey key = new RandomKey(seed, RandomKey.Purpose.SYNTHETIC, step, 0);
        Philox.gaussians(key, 0, batch.images().array(), 0, batch.images().array().length);
        for (int i = 0; i < BATCH; i++) {
            batch.labels()[i] = i % 4;
        }
        return batch;
    }
}

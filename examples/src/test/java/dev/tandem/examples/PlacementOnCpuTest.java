package dev.tandem.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In single precision, on virtual devices: the losses of one device under every placement, chosen by configuration. */
class PlacementOnCpuTest {
    private static final int STEPS = 15;
    private static final int BATCH = 6;
    private static final long SEED = 2;
    private static final Sizes TINY = Sizes.proportional(12, 16, 67, 63);

    @ParameterizedTest
    @EnumSource
    void everyRecipeTrainsAlike(Recipes which) {
        Recipe recipe = which.recipe(4, TINY);
        List<Double> single = losses(recipe, "single", 1);
        for (String strategy : List.of("columns", "data", "hybrid")) {
            for (int devices : new int[] {2, 4}) {
                List<Double> divided = losses(recipe, strategy, devices);
                for (int step = 0; step < STEPS; step++) {
                    assertThat(divided.get(step))
                            .as("%s, %s over %d devices, seed %d, step %d", which, strategy, devices, SEED, step)
                            .isEqualTo(single.get(step), within(1e-5 * single.get(step)));
                }
            }
        }
    }

    private static List<Double> losses(Recipe recipe, String strategy, int devices) {
        String settings =
                "tandem { backend = cpu, cpu.devices = " + devices + ", placement.strategy = " + strategy + " }";
        try (Tandem tandem = Tandem.configure(settings);
                PlacedModel model = tandem.placement().place(recipe.network(), recipe.input(BATCH), true)) {
            model.initialize(SEED);
            List<Double> losses = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                model.step(batch(recipe, step), new StepSettings(SEED, step, recipe.sgd(), 0.001, Map.of()));
                losses.add(model.takeLoss().mean());
            }
            return losses;
        }
    }

    private static HostBatch batch(Recipe recipe, int step) {
        HostBatch batch = new HostBatch(recipe.input(BATCH));
        RandomKey key = new RandomKey(SEED, RandomKey.Purpose.SYNTHETIC, step, 0);
        Philox.gaussians(key, 0, batch.images(), 0, batch.images().length);
        for (int i = 0; i < batch.images().length; i++) {
            batch.images()[i] *= 50;
        }
        for (int i = 0; i < BATCH; i++) {
            batch.labels()[i] = i % 4;
        }
        return batch;
    }
}

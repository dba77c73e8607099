package dev.tandem.examples.resnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The recipe as it is found by its name. */
class ResNet20Test {
    private static final int CLASSES = 10;
    private static final int STEPS = 3;

    /** At which the loss falls in three steps. */
    private static final double USUAL_RATE = 0.02;

    /**
     * So small that a unit within rounding of ReLU's corner, which takes either side in single precision, moves the
     * next loss by less than the tolerance: at the usual rate, by up to 3e-5.
     */
    private static final double SMALL_RATE = 0.002;

    @Test
    void hasThePublishedSize() {
        Recipe recipe = RecipeChoice.of("resnet-20", Map.of(), List.of()).recipe(CLASSES);
        ModelSummary summary = ModelSummary.of(recipe.network(), Shape.of(3, 32, 32));
        assertThat(summary.rows().stream().filter(row -> row.multiplyAdds() > 0).count())
                .as("layers with weights")
                .isEqualTo(20);
        assertThat(summary.parameters()).as("0.27 M").isEqualTo(269_722);
        assertThat(summary.multiplyAdds()).as("41 M").isEqualTo(40_551_040);
    }

    @Test
    void theLossFalls() {
        List<Double> losses = losses("cpu", "single", 1, USUAL_RATE);
        assertThat(losses.get(STEPS - 1)).as("%s", losses).isLessThan(0.9 * losses.get(0));
    }

    @Test
    void trainsAsInFloat64UnderEveryPlacement() {
        List<Double> expected = losses("reference", "single", 1, SMALL_RATE);
        for (String strategy : List.of("single", "data", "hybrid")) {
            List<Double> losses = losses("cpu", strategy, strategy.equals("single") ? 1 : 2, SMALL_RATE);
            for (int step = 0; step < STEPS; step++) {
                assertThat(losses.get(step))
                        .as("%s, step %d", strategy, step)
                        .isCloseTo(expected.get(step), within(1e-5 * expected.get(step)));
            }
        }
    }

    private static List<Double> losses(String backend, String strategy, int devices, double rate) {
        String settings = "tandem { recipe = resnet-20, backend = %s, %s.devices = %d, placement.strategy = %s }"
                .formatted(backend, backend, devices, strategy);
        List<Double> losses = new ArrayList<>();
        try (Tandem tandem = Tandem.configure(settings)) {
            Recipe recipe = tandem.recipe(CLASSES);
            Shape input = recipe.input(4);
            try (PlacedModel model = tandem.placement().place(recipe.network(), input, recipe.training())) {
                model.initialize(1);
                for (int step = 0; step < STEPS; step++) {
                    model.step(batch(input), new StepSettings(1, step, rate));
                    losses.add(model.takeLoss().mean());
                }
            }
        }
        return losses;
    }

    private static HostBatch batch(Shape input) {
        HostBatch batch = new HostBatch(input);
        Philox.gaussians(
                new RandomKey(1, Purpose.SYNTHETIC, 0, 0),
                0,
                batch.images().array(),
                0,
                batch.images().array().length);
        Arrays.setAll(batch.labels(), row -> row % CLASSES);
        return batch;
    }

    @Test
    void aShiftMovesTheWholeImageAndZerosComeIn() {
        Shape shape = Shape.of(3, 32, 32);
        for (int seed = 0; seed < 20; seed++) {
            float[] image = new float[shape.arrayLength()];
            Arrays.fill(image, 1);
            image[32 * 32 + 10 * 32 + 20] = 2; // row 10, column 20 of the second channel
            ResNet20.shift(image, shape, new Random(seed));
            int at = 0;
            int zeros = 0;
            for (int i = 0; i < image.length; i++) {
                at = image[i] == 2 ? i : at;
                zeros += image[i] == 0 ? 1 : 0;
            }
            int down = Math.abs(at / 32 % 32 - 10);
            int right = Math.abs(at % 32 - 20);
            assertThat(at / (32 * 32)).isEqualTo(1);
            assertThat(down).isLessThanOrEqualTo(4);
            assertThat(right).isLessThanOrEqualTo(4);
            assertThat(zeros).isEqualTo(3 * (32 * 32 - (32 - down) * (32 - right)));
        }
    }
}

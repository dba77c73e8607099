package dev.tandem.analysis.explain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Shape;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nets that look at a part of an image only, in cells of 4 x 4 pixels: both maps must show it, and nothing else. */
class CornerTest {
    private static final int SIDE = 28;
    private static final int CELLS = 7;
    private static final Shape SAMPLE = Shape.of(3, SIDE, SIDE);

    /**
     * The brightness of each cell in each of {@code maps}, as far as {@code looksAt} has its place; class 1 grows with
     * that of the last map, and class 0 has a score of 1.
     */
    private static Network network(int maps, IntPredicate looksAt) {
        float[] mask = new float[maps * CELLS * CELLS];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = looksAt.test(i) ? 1 : 0;
        }
        Layer masked = (x, context) ->
                x.multiply(Value.constant(context.device().tensor(Shape.of(1, maps, CELLS, CELLS), mask)));
        return Network.builder()
                .add("conv", Convolution.of(maps, 4).stride(4))
                .add("mask", masked)
                .add("relu", Activation.relu())
                .add("fc", Linear.of(2))
                .build();
    }

    private static void write(PlacedModel model, int maps) {
        float[] brightness = new float[maps * 48];
        Arrays.fill(brightness, 1 / 48f);
        float[] scores = new float[2 * maps * CELLS * CELLS];
        Arrays.fill(scores, scores.length - CELLS * CELLS, scores.length, 2);
        model.write("conv.weight", brightness);
        model.write("conv.bias", new float[maps]);
        model.write("fc.weight", scores);
        model.write("fc.bias", new float[] {1, 0});
    }

    private static HostBatch image() {
        HostBatch batch = new HostBatch(SAMPLE.batchOf(1));
        float[] pixels = TinyNets.sines(SAMPLE.arrayLength(), 0.3, 0);
        for (int i = 0; i < pixels.length; i++) {
            batch.images().array()[i] = pixels[i] + 1.5f;
        }
        return batch;
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "6, 0", "0, 6", "6, 6", "3, 2"})
    void bothFindTheCellThatCounts(int column, int row) {
        Network network = network(1, place -> place == row * CELLS + column);
        try (Backend backend = TinyNets.reference();
                PlacedModel model = TinyNets.placed(backend, network, SAMPLE.batchOf(1))) {
            write(model, 1);
            Heatmap gradCam =
                    GradCam.of(network, model, "relu", image(), new int[] {1}).get(0);
            assertThat(gradCam.greatest().value()).isPositive();
            assertThat(gradCam.greatest().x() / 4).isEqualTo(column);
            assertThat(gradCam.greatest().y() / 4).isEqualTo(row);

            Heatmap hidden = new OcclusionMap(4, 1)
                    .of(model, CrossEntropy.plain(), SAMPLE, image().images().array(), 1, 100, more -> {});
            assertThat(hidden.least().x() - 2).isEqualTo(4 * column);
            assertThat(hidden.least().y() - 2).isEqualTo(4 * row);
            // Then the class has a score of 0 against 1.
            assertThat(hidden.least().value()).isEqualTo((float) (1 / (1 + Math.E)));
            float untouched = model.probabilities(image())[1];
            assertThat(untouched).isGreaterThan(0.5f);
            assertThat(hidden.greatest().value()).isEqualTo(untouched);
        }
    }

    @Test
    void gradCamShowsTheMapThatCountsForTheClass() {
        // The first map has the left half, the second the right half.
        Network network = network(2, place -> place % CELLS < CELLS / 2 == place < CELLS * CELLS);
        try (Backend backend = TinyNets.reference();
                PlacedModel model = TinyNets.placed(backend, network, SAMPLE.batchOf(1))) {
            write(model, 2);
            Heatmap second =
                    GradCam.of(network, model, "relu", image(), new int[] {1}).get(0);
            assertThat(second.greatest().x()).isGreaterThanOrEqualTo(SIDE / 2 - 2);
            assertThat(second.at(2, 14)).isZero();
            // Nothing speaks for the other class.
            assertThat(GradCam.of(network, model, "relu", image(), new int[] {0})
                            .get(0)
                            .greatest()
                            .value())
                    .isZero();
        }
    }
}

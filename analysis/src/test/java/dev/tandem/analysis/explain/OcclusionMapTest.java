package dev.tandem.analysis.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OcclusionMapTest {
    private static final Shape SAMPLE = Shape.of(2, 6, 9);
    private static final Network NETWORK =
            Network.builder().add("fc", Linear.of(3)).build();

    @ParameterizedTest
    @CsvSource({"224, 32, 8, 625", "227, 32, 8, 676", "112, 16, 4, 625", "56, 8, 2, 625", "32, 5, 1, 784", "1, 1, 1, 1"
    })
    void theUsualSquareIsASeventhAndMovesByAQuarterOfThat(int side, int window, int stride, int windows) {
        OcclusionMap usual = OcclusionMap.forSide(side);
        assertThat(usual).isEqualTo(new OcclusionMap(window, stride));
        assertThat(usual.windows(Shape.of(3, side, side))).isEqualTo(windows);
    }

    /** Each place by itself, however many are computed at once; the last row and column are at the edge. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 12, 500})
    void isTheProbabilityWithEachSquareHidden(int rows) {
        float[] image = TinyNets.sines(SAMPLE.arrayLength(), 0.7, 0.1);
        try (Backend backend = TinyNets.reference();
                PlacedModel model = TinyNets.placed(backend, NETWORK, SAMPLE.batchOf(1))) {
            model.write("fc.weight", TinyNets.sines(324, 0.37, 0.5));
            model.write("fc.bias", new float[3]);
            List<Integer> progress = new ArrayList<>();
            Heatmap map = new OcclusionMap(3, 2).of(model, CrossEntropy.plain(), SAMPLE, image, 2, rows, progress::add);
            int[] tops = {0, 2, 3};
            int[] lefts = {0, 2, 4, 6};
            for (int top : tops) {
                for (int left : lefts) {
                    assertThat((float) map.at(left + 1.5, top + 1.5))
                            .as("%d, %d", top, left)
                            .isEqualTo(hidden(model, image, top, left));
                }
            }
            assertThat(progress.stream().mapToInt(more -> more).sum()).isEqualTo(12);
            assertThat(progress).hasSize((12 + rows - 1) / rows);
        }
    }

    private static float hidden(PlacedModel model, float[] image, int top, int left) {
        HostBatch batch = new HostBatch(SAMPLE.batchOf(1));
        for (int i = 0; i < image.length; i++) {
            int x = i % 9;
            int y = i / 9 % 6;
            boolean isHidden = x >= left && x < left + 3 && y >= top && y < top + 3;
            batch.images().array()[i] = isHidden ? 0 : image[i];
        }
        return model.probabilities(batch)[2];
    }

    @Test
    void refusesSquaresThatDoNotFit() {
        assertRefused(() -> new OcclusionMap(0, 1), "a side of 0, moved by 1");
        assertRefused(() -> new OcclusionMap(3, 0), "moved by 0");
        assertRefused(() -> new OcclusionMap(7, 1).windows(SAMPLE), "a side of 7 in 2x6x9");
        assertRefused(() -> new OcclusionMap(1, 1).windows(Shape.of(5)), "expected an image");
        assertRefused(() -> new OcclusionMap(1, 1).windows(Shape.of(3, 2000, 2000)), "got 4000000, expected at most");
        try (Backend backend = TinyNets.reference();
                PlacedModel model = TinyNets.placed(backend, NETWORK, SAMPLE.batchOf(1))) {
            model.initialize(1);
            assertRefused(
                    () -> new OcclusionMap(3, 2)
                            .of(model, CrossEntropy.plain(), SAMPLE, new float[108], 3, 4, more -> {}),
                    "no such class, got 3, expected 0 to 2");
        }
    }

    private static void assertRefused(Runnable call, String message) {
        assertThatThrownBy(call::run).isInstanceOf(TandemException.class).hasMessageContaining(message);
    }
}

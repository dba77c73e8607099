package dev.tandem.analysis.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.train.Predictions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which images and pairs a report shows. */
class ImageChoiceTest {
    /** Of three classes; images 1, 3 and 4 are wrong, 4 the surest of them; 3 gives its class the least. */
    private static final Predictions PREDICTIONS = new Predictions(
            List.of(0, 0, 1, 1, 2, 2),
            List.of(
                    new double[] {0.8, 0.1, 0.1},
                    new double[] {0.3, 0.5, 0.2},
                    new double[] {0.1, 0.8, 0.1},
                    new double[] {0.55, 0.05, 0.4},
                    new double[] {0.7, 0.1, 0.2},
                    new double[] {0.2, 0.3, 0.5}));

    @Test
    void mistakesAreTheSurestAndTheHardestAreOthers() {
        List<Integer> mistakes = ImageRow.surestMistakes(PREDICTIONS, 2);
        assertThat(mistakes).containsExactly(4, 3);
        assertThat(ImageRow.hardest(PREDICTIONS, mistakes, 2)).containsExactly(1, 5);
        assertThat(ImageRow.surestMistakes(PREDICTIONS, 12)).containsExactly(4, 3, 1);
    }

    @Test
    void aRowHasTheLikeliestFirstAndANumberThatIsNoneLast() {
        ImageRow row = ImageRow.of("a", 1, new double[] {0.1, 0.2, Double.NaN, 0.5, 0.1, 0.1}, null);
        assertThat(row.likeliest().stream().map(ImageRow.Likely::label)).containsExactly(3, 1, 0, 4, 5);
        assertThat(row.truthProbability()).isEqualTo(0.2);
        assertThat(ImageRow.of("a", 0, new double[] {Double.NaN, Double.NaN}, null)
                        .likeliest()
                        .get(0)
                        .probability())
                .isNull();
    }

    @Test
    void imagesToLookUpAreRightAndWrongOnesOfDifferentClasses() {
        // The surest right ones are 0 (class 0) and 2 (class 1); wrong ones of another class: 4 (class 2).
        assertThat(NearestRow.chosen(PREDICTIONS, 3)).containsExactly(0, 2, 4);
        assertThat(NearestRow.chosen(PREDICTIONS, 4)).startsWith(0, 2, 4).hasSize(4);
        assertThat(NearestRow.chosen(PREDICTIONS, 8)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
    }

    @Test
    void confusionsAndErrorsAreCounted() {
        var result = PREDICTIONS.evaluate();
        assertThat(ConfusionTable.pairs(result))
                .containsExactly(
                        new ConfusionTable.Pair(0, 1, 1, 2),
                        new ConfusionTable.Pair(1, 0, 1, 2),
                        new ConfusionTable.Pair(2, 0, 1, 2));
        assertThat(ConfusionTable.errors(result))
                .containsExactly(
                        new ConfusionTable.ClassError(0, 2, 0.5),
                        new ConfusionTable.ClassError(1, 2, 0.5),
                        new ConfusionTable.ClassError(2, 2, 0.5));
        ConfusionTable table = ConfusionTable.of(result);
        assertThat(table.counts().stream().mapToInt(cell -> cell[2]).sum()).isEqualTo(6);
        assertThat(table.counts()).contains(new int[] {2, 0, 1});
        assertThat(table.order()).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void theChangeOfAKernelIsRelativeToItsLength() {
        float[] before = {3, 4, 0, 0};
        float[] after = {3, 9, 1, 1};
        assertThat(KernelHistory.change(before, after, 2).get(0)).isCloseTo(1, within(1e-12));
        assertThat(KernelHistory.change(before, after, 2).get(1)).isNull();
    }

    @Test
    void anImageWithoutANumberIsTheHardest() {
        Predictions predictions = new Predictions(
                List.of(0, 0, 1),
                List.of(new double[] {0.1, 0.9}, new double[] {Double.NaN, 0.5}, new double[] {0.4, 0.6}));
        assertThat(ImageRow.hardest(predictions, List.of(), 3)).containsExactly(1, 0, 2);
        assertThat(ImageRow.surestMistakes(predictions, 3)).containsExactly(0, 1);
    }

    @Test
    void ofManyCheckpointsTheBestIsShown() {
        TreeMap<Integer, Path> files = new TreeMap<>();
        TreeMap<Integer, String> labels = new TreeMap<>();
        for (int epoch = 1; epoch <= 90; epoch++) {
            files.put(epoch, Path.of("epoch-" + epoch));
            labels.put(epoch, "epoch " + epoch + (epoch == 77 ? ", best" : ""));
        }
        List<String> notes = new ArrayList<>();
        KernelHistory.thin(files, labels, notes);
        assertThat(files.keySet()).hasSize(13).contains(1, 77, 90);
        assertThat(notes).containsExactly("The kernels are shown at 13 of 90 checkpoints");
    }

    @Test
    void imagesToSearchAreSpreadEvenly() {
        assertThat(NearestTraining.spread(10, 4)).containsExactly(0, 2, 5, 7);
        assertThat(NearestTraining.spread(3, 4)).containsExactly(0, 1, 2);
        assertThat(NearestTraining.spread(2_000_000_000, 3)).containsExactly(0, 666_666_666, 1_333_333_333);
    }
}

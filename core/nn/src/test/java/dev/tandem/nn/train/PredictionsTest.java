package dev.tandem.nn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class PredictionsTest {
    @Test
    void averagesTheViewsOfAnImage() {
        float[] probabilities = {1, 0, .5f, .5f, 0, 1, .25f, .75f};
        assertThat(Predictions.mean(probabilities, 0, 2, 2)).containsExactly(.75, .25);
        assertThat(Predictions.mean(probabilities, 2, 2, 2)).containsExactly(.125, .875);
    }

    @Test
    void ranksByProbabilityAndAmongEqualsByClass() {
        double[] probabilities = {.2, .3, .2, .3};
        assertThat(Predictions.rank(probabilities, 1)).isZero();
        assertThat(Predictions.rank(probabilities, 3)).isEqualTo(1);
        assertThat(Predictions.rank(probabilities, 0)).isEqualTo(2);
        assertThat(Predictions.rank(probabilities, 2)).isEqualTo(3);
    }

    @Test
    void neverRecognisesNaN() {
        double[] broken = {Double.NaN, Double.NaN, Double.NaN};
        assertThat(Predictions.rank(broken, 0)).isEqualTo(3);
    }

    @Test
    void countsErrorsAndLogLoss() {
        Predictions predictions = new Predictions(
                List.of(0, 1, 2, 1), List.of(row(.5, .3, .2), row(.6, .3, .1), row(.1, .1, .8), row(.2, .5, .3)));
        Evaluation evaluation = predictions.evaluate();
        assertThat(evaluation.images()).isEqualTo(4);
        assertThat(evaluation.top1Error()).isEqualTo(.25);
        assertThat(evaluation.top5Error())
                .as("three classes are always among five")
                .isNull();
        assertThat(evaluation.logLoss())
                .isEqualTo(-(Math.log(.5) + Math.log(.3) + Math.log(.8) + Math.log(.5)) / 4, within(1e-12));
        assertThat(evaluation.confusion()).isDeepEqualTo(new int[][] {{1, 0, 0}, {1, 1, 0}, {0, 0, 1}});
    }

    @Test
    void averagesModelsOverTheSameImagesOnly() {
        Predictions one = new Predictions(List.of(0), List.of(row(.9, .1)));
        Predictions other = new Predictions(List.of(0), List.of(row(.3, .7)));
        assertThat(Predictions.average(List.of(one, other)).probabilities().get(0)[0])
                .isEqualTo(.6, within(1e-12));
        Predictions stranger = new Predictions(List.of(1), List.of(row(.3, .7)));
        assertThatThrownBy(() -> Predictions.average(List.of(one, stranger))).hasMessageContaining("same data");
    }

    @Test
    void theTopFiveErrorStartsWithSixClasses() {
        double[] falling = row(.3, .25, .2, .15, .08, .02);
        Evaluation six = new Predictions(List.of(5, 4, 0, 3), List.of(falling, falling, falling, falling)).evaluate();
        assertThat(six.top5Error()).isEqualTo(.25);
        double[] five = row(.3, .25, .2, .15, .1);
        assertThat(new Predictions(List.of(4), List.of(five)).evaluate().top5Error())
                .isNull();
    }

    private static double[] row(double... probabilities) {
        return probabilities;
    }

    @Test
    void givesTheErrorOfEachClass() {
        Evaluation evaluation = new Evaluation(4, .25, null, 1, new int[][] {{3, 1}, {0, 0}});
        assertThat(evaluation.classError(0)).isEqualTo(.25, within(1e-12));
        assertThat(evaluation.classError(1)).isNaN();
    }
}

package dev.tandem.nn.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class EvaluatorTest {
    @Test
    void averagesTheViewsOfAnImage() {
        float[] probabilities = {1, 0, .5f, .5f, 0, 1, .25f, .75f};
        assertThat(Evaluator.mean(probabilities, 0, 2, 2)).containsExactly(.75, .25);
        assertThat(Evaluator.mean(probabilities, 2, 2, 2)).containsExactly(.125, .875);
    }

    @Test
    void ranksByProbabilityAndAmongEqualsByClass() {
        double[] probabilities = {.2, .3, .2, .3};
        assertThat(Evaluator.rank(probabilities, 1)).isZero();
        assertThat(Evaluator.rank(probabilities, 3)).isEqualTo(1);
        assertThat(Evaluator.rank(probabilities, 0)).isEqualTo(2);
        assertThat(Evaluator.rank(probabilities, 2)).isEqualTo(3);
    }

    @Test
    void neverRecognisesNaN() {
        double[] broken = {Double.NaN, Double.NaN, Double.NaN};
        assertThat(Evaluator.rank(broken, 0)).isEqualTo(3);
    }

    @Test
    void givesTheErrorOfEachClass() {
        Evaluation evaluation = new Evaluation(4, .25, 0, 1, new int[][] {{3, 1}, {0, 0}});
        assertThat(evaluation.classError(0)).isEqualTo(.25, within(1e-12));
        assertThat(evaluation.classError(1)).isNaN();
    }
}

package dev.tandem.paper.figure1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import org.junit.jupiter.api.Test;

class RateSearchTest {
    private static final List<Double> GRID = List.of(1.0, 2.0, 4.0, 8.0, 16.0);

    private final List<Double> fastestBefore = new ArrayList<>();

    private static RateOutcome reached(double rate, double epochs) {
        return new RateOutcome(rate, "", List.of(0.2), Ending.REACHED, epochs);
    }

    private static RateOutcome ended(double rate, double error, Ending ending) {
        return new RateOutcome(rate, "", List.of(error), ending, null);
    }

    private List<Double> tried(double own, DoubleFunction<RateOutcome> outcomes) {
        return new RateSearch(GRID, (rate, fastest) -> {
                    fastestBefore.add(fastest);
                    return outcomes.apply(rate);
                })
                .search(own).stream().map(RateOutcome::rate).toList();
    }

    @Test
    void goesOutwardFromTheOwnRateWhileItGetsBetter() {
        assertThat(tried(2.2, rate -> reached(rate, Math.abs(rate - 8) + 1))).containsExactly(2.0, 4.0, 8.0, 16.0, 1.0);
        assertThat(fastestBefore).containsExactly(Double.POSITIVE_INFINITY, 7.0, 5.0, 1.0, 1.0);
        assertThat(tried(4, rate -> reached(rate, rate))).containsExactly(4.0, 8.0, 2.0, 1.0);
    }

    @Test
    void ratesThatLearntNothingArePassedOver() {
        assertThat(tried(
                        1,
                        rate -> rate < 8 ? ended(rate, 0.9, Ending.AT_CHANCE) : ended(rate, 0.4, Ending.OUT_OF_EPOCHS)))
                .as("16 is not better than 8, and there is nothing below 1")
                .containsExactly(1.0, 2.0, 4.0, 8.0, 16.0);
    }

    @Test
    void nothingIsTriedAboveARateThatDiverged() {
        assertThat(tried(4, rate -> rate < 4 ? reached(rate, 5) : ended(rate, 0.9, Ending.DIVERGED)))
                .as("downward it is passed over, and 1 is no better than 2")
                .containsExactly(4.0, 2.0, 1.0);
        assertThat(tried(2, rate -> rate < 4 ? reached(rate, 5 - rate) : ended(rate, 0.9, Ending.DIVERGED)))
                .containsExactly(2.0, 4.0, 1.0);
    }

    @Test
    void anInterruptedTrialIsTheLast() {
        assertThat(tried(2, rate -> rate == 4 ? ended(rate, 0.5, null) : reached(rate, 3)))
                .containsExactly(2.0, 4.0);
        assertThat(tried(2, rate -> ended(rate, 0.5, null))).containsExactly(2.0);
    }

    @Test
    void theBestIsTheSoonestOrElseTheLowestError() {
        List<RateOutcome> some = List.of(
                ended(1, 0.1, Ending.SLOWER), reached(2, 9), reached(4, 7), ended(8, 0.3, Ending.OUT_OF_EPOCHS));
        assertThat(RateSearch.best(some).rate()).isEqualTo(4);
        assertThat(RateSearch.fastest(some)).map(RateOutcome::rate).contains(4.0);
        assertThat(RateSearch.best(List.of(some.get(3), some.get(0))).rate()).isEqualTo(1);
        assertThat(RateSearch.fastest(List.of(some.get(0)))).isEmpty();
    }

    @Test
    void ratiosAreOfWhatIsKnown() {
        Figure1Result.OfFunction relu = Figure1Result.OfFunction.of(Function.RELU, List.of(reached(1, 4)));
        Figure1Result.OfFunction tanh = Figure1Result.OfFunction.of(Function.TANH, List.of(reached(1, 10)));
        Figure1Result.OfFunction slow =
                Figure1Result.OfFunction.of(Function.SIGMOID, List.of(ended(1, 0.5, Ending.OUT_OF_EPOCHS)));
        Figure1Result.OfFunction stuck =
                Figure1Result.OfFunction.of(Function.SIGMOID, List.of(ended(1, 0.9, Ending.AT_CHANCE)));
        assertThat(Figure1Result.ratios(List.of(relu, tanh, slow), 20))
                .containsExactly(
                        new Figure1Result.Ratio("tanh", 2.5, false), new Figure1Result.Ratio("sigmoid", 5, true));
        assertThat(Figure1Result.ratios(List.of(relu, stuck), 20)).isEmpty();
        Figure1Result.OfFunction interrupted =
                Figure1Result.OfFunction.of(Function.TANH, List.of(reached(1, 10), ended(2, 0.5, null)));
        assertThat(Figure1Result.ratios(List.of(relu, interrupted), 20))
                .as("another rate may be faster")
                .isEmpty();
        assertThat(Figure1Result.ratios(List.of(tanh), 20)).isEmpty();
    }
}

package dev.tandem.paper.figure1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of figure 1 for one net, in {@code figure-1.json}.
 *
 * @param recipe the net
 * @param ablations what it goes without, so that nothing regularizes it
 * @param data the data folder's name
 * @param classes how many classes there are
 * @param seed of everything random
 * @param goal the training error to reach, 0 to 1
 * @param epochs the most epochs of a trial
 * @param patience epochs at chance after which a rate is given up
 * @param images how many training images the error is measured on
 * @param grid the learning rates that may be tried
 * @param rule when a trial ends, and which rates are tried, in words
 * @param functions of each function, its trials
 * @param ratios how many times as long the others took as ReLU, where that is known
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record Figure1Result(
        String recipe,
        List<String> ablations,
        String data,
        int classes,
        long seed,
        double goal,
        int epochs,
        int patience,
        int images,
        List<Double> grid,
        String rule,
        List<OfFunction> functions,
        List<Ratio> ratios) {
    /**
     * The trials of one function, in the order they were done.
     *
     * @param function its name
     * @param trials one for each rate
     * @param fastest the trial that reached the goal soonest; null if none has
     */
    public record OfFunction(
            String function,
            List<RateOutcome> trials,
            @Nullable RateOutcome fastest) {
        static OfFunction of(Function function, List<RateOutcome> trials) {
            return new OfFunction(
                    function.label(), trials, RateSearch.fastest(trials).orElse(null));
        }

        /** Whether a rate was tried for all epochs. */
        private boolean isOutOfEpochs() {
            return trials.stream().anyMatch(trial -> trial.ending() == Ending.OUT_OF_EPOCHS);
        }

        /** Whether the last trial is unfinished: another rate may be faster. */
        private boolean isInterrupted() {
            return trials.stream().anyMatch(trial -> trial.ending() == null);
        }

        /** The fastest trial, or else that with the lowest error; null if there is none. */
        @Nullable
        RateOutcome shown() {
            return fastest != null ? fastest : RateSearch.best(trials);
        }
    }

    /**
     * Epochs to the goal relative to ReLU's.
     *
     * @param function of the other net
     * @param times its epochs, divided by ReLU's
     * @param isLeast whether the other net learnt, but did not reach the goal in all epochs: the true ratio is higher
     */
    public record Ratio(String function, double times, boolean isLeast) {}

    /** The ratios that follow from what was found of {@code functions}; of those that are searched to their end. */
    static List<Ratio> ratios(List<OfFunction> functions, int epochs) {
        Optional<RateOutcome> relu = functions.stream()
                .filter(one -> one.function().equals(Function.RELU.label()) && !one.isInterrupted())
                .findFirst()
                .map(OfFunction::fastest);
        if (relu.isEmpty()) {
            return List.of();
        }
        return functions.stream()
                .filter(one -> !one.function().equals(Function.RELU.label()))
                .filter(one -> !one.isInterrupted())
                .filter(one -> one.fastest() != null || one.isOutOfEpochs())
                .map(one -> new Ratio(
                        one.function(),
                        (one.fastest() == null ? epochs : one.fastest().epochs())
                                / relu.get().epochs(),
                        one.fastest() == null))
                .toList();
    }
}

package dev.tandem.paper.figure1;

import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * When a trial is over. After each epoch, in this order:
 *
 * <ol>
 *   <li>its training error is the goal or lower: the goal is reached;
 *   <li>it has taken as many epochs as the fastest trial of the function so far needed, parts of an epoch included: it
 *       cannot be faster;
 *   <li>in each of the newest {@code patience} epochs its error was above that of guesses less 2 percentage points;
 *   <li>it has taken all epochs.
 * </ol>
 *
 * @param goal the training error to reach, above 0 and below {@code chance}
 * @param epochs the most epochs of a trial, 1 or more
 * @param patience epochs at chance after which a rate is given up, 1 or more
 * @param chance the error of guesses, 1 - 1 / classes
 */
public record StoppingRule(double goal, int epochs, int patience, double chance) {
    private static final double LEAST_LEARNT = 0.02;

    public StoppingRule {
        if (!(goal > 0 && goal < chance) || epochs < 1 || patience < 1) {
            throw TandemException.argument(
                    "figure 1",
                    "a number out of range",
                    "error " + goal + ", " + epochs + " epochs, " + patience + " epochs at chance",
                    "an error above 0 and below " + chance + ", that of guesses; 1 epoch or more of both",
                    "The paper's goal is 0.25");
        }
    }

    /**
     * Why a trial is over, if it is.
     *
     * @param errors the training error after each epoch so far
     * @param fastest the epochs that the function's fastest trial so far needed; infinity if there is none
     */
    Optional<Ending> ending(List<Double> errors, double fastest) {
        if (errors.isEmpty()) {
            return Optional.empty();
        }
        int done = errors.size();
        if (errors.get(done - 1) <= goal) {
            return Optional.of(Ending.REACHED);
        }
        if (done >= fastest) {
            return Optional.of(Ending.SLOWER);
        }
        if (done >= patience
                && errors.subList(done - patience, done).stream().allMatch(error -> error > chance - LEAST_LEARNT)) {
            return Optional.of(Ending.AT_CHANCE);
        }
        return done >= epochs ? Optional.of(Ending.OUT_OF_EPOCHS) : Optional.empty();
    }

    /**
     * The errors of a trial up to where this rule ends it: it may have gone on, to another goal or another time.
     *
     * @param errors the training error after each epoch so far
     * @param fastest as for {@link #ending}
     */
    List<Double> untilEnding(List<Double> errors, double fastest) {
        int done = 1;
        while (done < errors.size() && ending(errors.subList(0, done), fastest).isEmpty()) {
            done++;
        }
        return errors.subList(0, Math.min(done, errors.size()));
    }

    /**
     * The epochs to the goal, on a straight line between the errors before and after the epoch that reached it; before
     * the first epoch the error is that of guesses.
     */
    double epochsToGoal(List<Double> errors) {
        int last = errors.size() - 1;
        double before = last == 0 ? chance : errors.get(last - 1);
        return last + (before - goal) / (before - errors.get(last));
    }

    /** The rule in words, for whoever reads the results. */
    String words() {
        String words =
                "A trial ends after the epoch in which its training error is %s or lower; after as many epochs as the"
                        + " function's fastest trial before it needed; after %d epochs one after the other with an error"
                        + " above %.3f, that of guesses less 0.02; or after %d epochs. The rates are tried from the"
                        + " recipe's own upward, then downward, as long as each is better than the one before it: fewer"
                        + " epochs to the goal, or a lower error if neither reaches it. Rates at which nothing was"
                        + " learnt are passed over; above a rate that diverged none is tried.";
        return String.format(Locale.ROOT, words, goal, patience, chance - LEAST_LEARNT, epochs);
    }
}

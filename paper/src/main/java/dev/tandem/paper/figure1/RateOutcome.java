package dev.tandem.paper.figure1;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one learning rate.
 *
 * @param rate the learning rate, the same throughout
 * @param run the run's folder, within that of the results
 * @param trainingErrors after each epoch, on the fixed training images, 0 to 1
 * @param ending why it is over; null if it was interrupted
 * @param epochsToGoal interpolated within the last epoch; null if the goal was not reached
 */
public record RateOutcome(
        double rate,
        String run,
        List<Double> trainingErrors,
        @Nullable Ending ending,
        @Nullable Double epochsToGoal) {
    public RateOutcome {
        trainingErrors = List.copyOf(trainingErrors);
    }

    /** A learning rate as people write it: 0.0005. */
    public static String text(double rate) {
        return BigDecimal.valueOf(rate).stripTrailingZeros().toPlainString();
    }

    /** The epochs to the goal, or infinity. */
    double epochs() {
        return epochsToGoal == null ? Double.POSITIVE_INFINITY : epochsToGoal;
    }

    /** The lowest error so far; 1 before the first epoch. */
    double lowestError() {
        return trainingErrors.stream().mapToDouble(Double::doubleValue).min().orElse(1);
    }

    /** Fewer epochs to the goal; a lower error if neither reached it. */
    boolean isBetterThan(RateOutcome other) {
        return epochs() < other.epochs() || (epochs() == other.epochs() && lowestError() < other.lowestError());
    }
}

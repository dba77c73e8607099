package dev.tandem.paper.figure1;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The search for the fastest learning rate of a grid, uphill: from the recipe's own rate upward as long as each is
 * better than the one before it, then downward likewise. Where a rate learnt nothing, the next one is tried too; above
 * a rate that diverged none is. That finds the best of the grid if the epochs to the goal have one valley over the
 * rates.
 */
final class RateSearch {
    /** Trains at one rate. */
    interface Trainer {
        /**
         * The trial, or its unfinished beginning if it was interrupted.
         *
         * @param fastest the epochs that the fastest trial before it needed; infinity if none has reached the goal
         */
        RateOutcome train(double rate, double fastest);
    }

    private final List<Double> grid;
    private final Trainer trainer;
    private final List<RateOutcome> trials = new ArrayList<>();

    /** A search over rates in ascending order. */
    RateSearch(List<Double> grid, Trainer trainer) {
        this.grid = grid;
        this.trainer = trainer;
    }

    /** Searches from the rate of the grid that is nearest to {@code own}, by ratio; the trials in their order. */
    List<RateOutcome> search(double own) {
        int start = 0;
        for (int i = 1; i < grid.size(); i++) {
            if (distance(grid.get(i), own) < distance(grid.get(start), own)) {
                start = i;
            }
        }
        RateOutcome first = tried(start);
        if (first.ending() != Ending.DIVERGED) {
            climb(start, first, 1);
        }
        climb(start, first, -1);
        return List.copyOf(trials);
    }

    private static double distance(double rate, double own) {
        return Math.abs(Math.log(rate / own));
    }

    private void climb(int start, RateOutcome first, int direction) {
        RateOutcome before = first;
        for (int i = start + direction; i >= 0 && i < grid.size() && !isInterrupted(); i += direction) {
            RateOutcome next = tried(i);
            boolean isOver = next.ending() == Ending.DIVERGED && direction > 0;
            boolean hadLearnt = before.ending() == null || before.ending().hasLearnt();
            if (isOver || (hadLearnt && !next.isBetterThan(before))) {
                return;
            }
            before = next;
        }
    }

    private RateOutcome tried(int index) {
        double fastest = fastest(trials).map(RateOutcome::epochs).orElse(Double.POSITIVE_INFINITY);
        RateOutcome trial = trainer.train(grid.get(index), fastest);
        trials.add(trial);
        return trial;
    }

    private boolean isInterrupted() {
        return trials.get(trials.size() - 1).ending() == null;
    }

    /** The trial that reached the goal soonest, if one did. */
    static Optional<RateOutcome> fastest(List<RateOutcome> trials) {
        return trials.stream()
                .filter(trial -> trial.epochsToGoal() != null)
                .min(Comparator.comparing(RateOutcome::epochs));
    }

    /** The best trial, whether it reached the goal or not; null if there is none. */
    static @Nullable RateOutcome best(List<RateOutcome> trials) {
        return trials.stream()
                .reduce((one, other) -> other.isBetterThan(one) ? other : one)
                .orElse(null);
    }
}

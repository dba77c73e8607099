package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where a run stands, besides parameters and velocities: with the recipe and the data, all that resuming needs.
 *
 * @param recipe the recipe's name
 * @param classNames the classes, by label
 * @param seed the run's seed
 * @param batch images per step
 * @param dataFingerprint the data and its preprocessing
 * @param epoch the epoch under way, from 0
 * @param batchInEpoch steps done in it
 * @param step steps done since the start of the run
 * @param loss training losses of the epoch under way
 * @param rateFactor what the schedule's rates are multiplied by: 1, until somebody changes the rate by hand
 * @param events what was changed by hand
 * @param history the finished epochs
 */
public record TrainingState(
        String recipe,
        List<String> classNames,
        long seed,
        int batch,
        String dataFingerprint,
        int epoch,
        int batchInEpoch,
        long step,
        LossSum loss,
        double rateFactor,
        List<RunEvent> events,
        List<EpochRecord> history) {
    public TrainingState {
        boolean complete = recipe != null
                && isComplete(classNames)
                && dataFingerprint != null
                && loss != null
                && isComplete(events)
                && isComplete(history);
        if (!complete
                || batch < 1
                || epoch < 0
                || batchInEpoch < 0
                || step < 0
                || !(rateFactor > 0)
                || Double.isInfinite(rateFactor)) {
            throw TandemException.argument(
                    "training state",
                    "something is missing or out of range",
                    (complete ? "" : "a null, ") + "batch " + batch + ", epoch " + epoch + ", batch in epoch "
                            + batchInEpoch + ", step " + step + ", rate factor " + rateFactor,
                    "no null, a batch of 1 or more, counts of 0 or more, a finite factor above 0",
                    "Pass the state of a run");
        }
        classNames = List.copyOf(classNames);
        events = List.copyOf(events);
        history = List.copyOf(history);
    }

    private static boolean isComplete(List<?> list) {
        return list != null && list.stream().noneMatch(Objects::isNull);
    }

    /** The lowest validation top-1 error so far; infinite when there is none. */
    public double bestError() {
        return history.stream()
                .filter(epochRecord -> epochRecord.top1Error() != null)
                .mapToDouble(EpochRecord::top1Error)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** This state with something changed by hand. */
    public TrainingState with(RunEvent event) {
        List<RunEvent> all = new ArrayList<>(events);
        all.add(event);
        return new TrainingState(
                recipe,
                classNames,
                seed,
                batch,
                dataFingerprint,
                epoch,
                batchInEpoch,
                step,
                loss,
                rateFactor,
                all,
                history);
    }
}

package dev.tandem.run.trial;

import dev.tandem.nn.train.EpochRecord;
import java.util.List;

/**
 * What a trial has come to.
 *
 * @param trial the trial
 * @param end how it ended
 * @param history the finished epochs; none if it was not begun
 */
public record TrialResult(Trial trial, End end, List<EpochRecord> history) {
    /** How a trial ends. */
    public enum End {
        /** It was trained to its last epoch, or to an earlier one that a listener finished it at. */
        FINISHED,
        /** It was asked to stop, and goes on when it is run again. */
        STOPPED,
        /** Its loss was no finite number any more, and would not be again. */
        DIVERGED
    }

    public TrialResult {
        history = List.copyOf(history);
    }
}

package dev.tandem.nn.train;

/** Callbacks of a training run, on the training thread. As a lambda it implements {@link #onEpoch}. */
@FunctionalInterface
public interface TrainingListener {
    /**
     * Training begins, or goes on, at {@code state}.
     *
     * @param control may be kept and used from any thread, by each of the calls below as well
     */
    default void onStart(TrainingState state, TrainingControl control) {}

    /** A batch was trained on; {@code progress} has the newest known figures. */
    default void onStep(Progress progress) {}

    /** Something was changed by hand. */
    default void onEvent(RunEvent event) {}

    /**
     * An epoch's training is done and its validation begins: the time to write a checkpoint, from which resuming begins
     * with the validation.
     */
    default void onTrained(TrainingState state, PlacedModel model) {}

    /** An epoch is over, and {@code state} and {@code model} belong together: the time to log and write checkpoints. */
    void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model);

    /** Training stops early, on request, with all that resuming needs. */
    default void onInterrupt(TrainingState state, PlacedModel model) {}

    /**
     * How far a run is.
     *
     * @param epoch the epoch under way, from 0
     * @param epochs epochs in all
     * @param batchInEpoch steps done in it
     * @param batchesInEpoch steps in an epoch
     * @param loss mean loss of the newest steps read; NaN before the first
     * @param imagesPerSecond rate over this epoch so far
     * @param dataWaitShare share of this epoch spent waiting for data, 0 to 1
     */
    record Progress(
            int epoch,
            int epochs,
            int batchInEpoch,
            int batchesInEpoch,
            double loss,
            double imagesPerSecond,
            double dataWaitShare) {}
}

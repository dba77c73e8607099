package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;

/** Requests to a run under way, from any thread. The training thread serves them between two updates. */
public final class TrainingControl {
    private volatile boolean stop;
    private volatile String finish;
    private Double learningRate;

    TrainingControl() {}

    /**
     * Asks the run to stop after the update under way, or the batch of a validation. It can be resumed from there:
     * {@link TrainingListener#onInterrupt}.
     */
    public void stop() {
        stop = true;
    }

    /**
     * Asks the run to be finished after the epoch under way, as if it had no more.
     *
     * @param reason why, in words, without a full stop
     */
    public void finish(String reason) {
        finish = reason;
    }

    /**
     * Changes the learning rate by hand from the next update on; later rates of the schedule change in proportion. It is
     * recorded as a {@link RunEvent}.
     */
    public synchronized void changeLearningRate(double rate) {
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw TandemException.argument(
                    "change rate", "not above 0", rate, "a finite number above 0", "The paper starts at 0.01");
        }
        learningRate = rate;
    }

    boolean isStopRequested() {
        return stop;
    }

    /** Why the run is to be finished before its last epoch; null if it is not. */
    String finishReason() {
        return finish;
    }

    /** The learning rate requested last, once; null if there is none. */
    synchronized Double takeLearningRate() {
        Double taken = learningRate;
        learningRate = null;
        return taken;
    }
}

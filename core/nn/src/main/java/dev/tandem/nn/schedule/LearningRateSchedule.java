package dev.tandem.nn.schedule;

import java.util.List;

/**
 * The learning rate of each update: a function of the moment and the validation errors so far, so that a resumed run
 * needs no other state. A lambda is a schedule.
 */
@FunctionalInterface
public interface LearningRateSchedule {
    /** The rate of the update at this moment, 0 or more. */
    double learningRate(Moment at);

    /**
     * The rate that the schedule is known by, and that {@code tandem.train.learning-rate} replaces: by default, that of
     * the first update.
     */
    default double nominalRate() {
        return learningRate(Moment.startOf(0, 1, List.of()));
    }

    /** This schedule with every rate multiplied by {@code factor}. */
    default LearningRateSchedule scaled(double factor) {
        return new ScaledSchedule(this, factor);
    }

    /** This schedule with its epochs multiplied by {@code factor}, for a run that is longer or shorter. */
    default LearningRateSchedule stretched(double factor) {
        return new StretchedSchedule(this, factor);
    }

    /** This schedule after a {@link WarmUp} of so many epochs, which may be a fraction of one. */
    default LearningRateSchedule withWarmUp(double epochs) {
        return new WarmUp(epochs, this);
    }
}

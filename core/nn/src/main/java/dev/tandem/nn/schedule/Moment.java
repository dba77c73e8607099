package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * A moment of a run: before one of its updates.
 *
 * @param epoch the epoch, from 0
 * @param epochs how many there will be
 * @param stepInEpoch the updates done in this epoch
 * @param stepsInEpoch the updates of an epoch
 * @param validationErrors the validation error after each epoch before it; the validation loss if the data have no
 *     classes
 */
public record Moment(int epoch, int epochs, int stepInEpoch, int stepsInEpoch, List<Double> validationErrors) {
    public Moment {
        if (epoch < 0 || epochs < 1 || stepInEpoch < 0 || stepsInEpoch < 1) {
            throw TandemException.argument(
                    "moment of a run",
                    "a number out of range",
                    "epoch " + epoch + " of " + epochs + ", step " + stepInEpoch + " of " + stepsInEpoch,
                    "epoch and step of 0 or more, 1 or more of both",
                    "");
        }
        validationErrors = List.copyOf(validationErrors);
    }

    /** The start of an epoch, for which it does not matter how many updates it has. */
    public static Moment startOf(int epoch, int epochs, List<Double> validationErrors) {
        return new Moment(epoch, epochs, 0, 1, validationErrors);
    }

    /** The updates done since the start of the run. */
    public long step() {
        return (long) epoch * stepsInEpoch + stepInEpoch;
    }

    /** The updates of the whole run. */
    public long steps() {
        return (long) epochs * stepsInEpoch;
    }

    /** How many epochs are done, with the share of the one under way. */
    public double epochsDone() {
        return epoch + stepInEpoch / (double) stepsInEpoch;
    }

    /** How much of the run is done, 0 to 1. */
    public double progress() {
        return step() / (double) steps();
    }

    /** This moment of a run of {@code factor} times as many epochs. */
    Moment stretched(double factor) {
        double done = epochsDone() * factor;
        int whole = (int) Math.floor(done + 1e-9);
        int step = (int) Math.max(0, Math.floor((done - whole) * stepsInEpoch + 1e-9));
        return new Moment(whole, Math.max(1, (int) Math.round(epochs * factor)), step, stepsInEpoch, validationErrors);
    }
}

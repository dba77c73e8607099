package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;
import java.util.List;

/** The rate {@code initial}, replaced from given epochs on. */
public record AtEpochs(double initial, List<Change> changes) implements LearningRateSchedule {
    /** From {@code epoch} on, the rate is {@code learningRate}. */
    public record Change(int epoch, double learningRate) {}

    public AtEpochs {
        ScheduleArguments.requirePositive(initial);
        changes = List.copyOf(changes);
        int last = 0;
        for (Change change : changes) {
            if (change.epoch() < last) {
                throw TandemException.argument(
                        "schedule", "epochs are not ascending", changes, "ascending epochs", "Sort the changes");
            }
            last = change.epoch();
        }
    }

    /** One rate throughout. */
    public static AtEpochs constant(double rate) {
        return new AtEpochs(rate, List.of());
    }

    /** Divided by 10 at each of these shares of all epochs. */
    public static AtEpochs dividedByTen(double initial, int epochs, double... shares) {
        double rate = initial;
        Change[] changes = new Change[shares.length];
        for (int i = 0; i < shares.length; i++) {
            rate /= 10;
            changes[i] = new Change((int) Math.round(epochs * shares[i]), rate);
        }
        return new AtEpochs(initial, List.of(changes));
    }

    @Override
    public double learningRate(Moment at) {
        double rate = initial;
        for (Change change : changes) {
            if (at.epoch() >= change.epoch()) {
                rate = change.learningRate();
            }
        }
        return rate;
    }

    @Override
    public LearningRateSchedule stretched(double factor) {
        return new AtEpochs(
                initial,
                changes.stream()
                        .map(c -> new Change((int) Math.round(c.epoch() * factor), c.learningRate()))
                        .toList());
    }

    @Override
    public LearningRateSchedule scaled(double factor) {
        return new AtEpochs(
                initial * factor,
                changes.stream()
                        .map(c -> new Change(c.epoch(), c.learningRate() * factor))
                        .toList());
    }
}

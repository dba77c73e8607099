package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;

/**
 * From {@code initial} to {@code last} along half a cosine, over all updates:
 * {@code last + (initial - last) (1 + cos(pi progress)) / 2}.
 */
public record Cosine(double initial, double last) implements LearningRateSchedule {
    public Cosine {
        ScheduleArguments.requirePositive(initial);
        if (!(last >= 0 && last <= initial)) {
            throw TandemException.argument("schedule", "last rate out of range", last, "0 to " + initial, "0 is usual");
        }
    }

    /** To 0. */
    public Cosine(double initial) {
        this(initial, 0);
    }

    @Override
    public double learningRate(Moment at) {
        return last + (initial - last) * (1 + Math.cos(Math.PI * at.progress())) / 2;
    }

    @Override
    public LearningRateSchedule stretched(double factor) {
        return this;
    }

    @Override
    public LearningRateSchedule scaled(double factor) {
        return new Cosine(initial * factor, last * factor);
    }
}

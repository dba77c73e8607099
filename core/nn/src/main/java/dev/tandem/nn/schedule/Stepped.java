package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;

/** Multiplied by {@code factor} every {@code every} epochs. */
public record Stepped(double initial, double factor, int every) implements LearningRateSchedule {
    public Stepped {
        ScheduleArguments.requirePositive(initial);
        ScheduleArguments.requirePositive(factor);
        if (every < 1) {
            throw TandemException.argument("schedule", "epochs between steps below 1", every, "1 or more", "");
        }
    }

    @Override
    public double learningRate(Moment at) {
        return initial * Math.pow(factor, at.epoch() / every);
    }

    @Override
    public LearningRateSchedule stretched(double by) {
        return new Stepped(initial, factor, Math.max(1, (int) Math.round(every * by)));
    }

    @Override
    public LearningRateSchedule scaled(double by) {
        return new Stepped(initial * by, factor, every);
    }
}

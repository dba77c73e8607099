package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;

/**
 * The rate of {@code after}, times a share that rises over the first {@code epochs} epochs by the same amount at
 * each update, up to 1.
 */
public record WarmUp(double epochs, LearningRateSchedule after) implements LearningRateSchedule {
    public WarmUp {
        if (!(epochs > 0) || Double.isInfinite(epochs) || after == null) {
            throw TandemException.argument(
                    "schedule",
                    "warm-up out of range",
                    epochs + " epochs before " + after,
                    "a number above 0, and a schedule",
                    "5 epochs are usual");
        }
    }

    @Override
    public double learningRate(Moment at) {
        return after.learningRate(at) * Math.min(1, (at.step() + 1) / (epochs * at.stepsInEpoch()));
    }

    @Override
    public double nominalRate() {
        return after.nominalRate();
    }

    @Override
    public LearningRateSchedule stretched(double factor) {
        return new WarmUp(epochs * factor, after.stretched(factor));
    }

    @Override
    public LearningRateSchedule scaled(double factor) {
        return new WarmUp(epochs, after.scaled(factor));
    }
}

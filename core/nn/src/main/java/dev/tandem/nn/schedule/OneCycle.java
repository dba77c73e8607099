package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;

/**
 * One cycle over all updates: from {@code peak / divisor} up to {@code peak} in the first {@code rising} of the run, then
 * down to {@code peak / divisor / lastDivisor}, each along half a cosine, as PyTorch's {@code OneCycleLR}.
 *
 * @param peak the highest rate, above 0
 * @param rising the share of the run in which the rate rises, 0 to 1
 * @param divisor what the peak is divided by for the first rate, 1 or more
 * @param lastDivisor what the first rate is divided by for the last rate, 1 or more
 */
public record OneCycle(double peak, double rising, double divisor, double lastDivisor) implements LearningRateSchedule {
    public OneCycle {
        if (!(peak > 0)
                || Double.isInfinite(peak)
                || !(rising >= 0 && rising <= 1)
                || !(divisor >= 1)
                || !(lastDivisor >= 1)) {
            throw TandemException.argument(
                    "schedule",
                    "parameter out of range",
                    "peak " + peak + ", rising " + rising + ", divisors " + divisor + " and " + lastDivisor,
                    "a finite peak above 0, a share of 0 to 1, divisors of 1 or more",
                    "0.3, 25 and 10000 are usual");
        }
    }

    /** The usual: rising for 0.3 of the run, divisors 25 and 10000. */
    public OneCycle(double peak) {
        this(peak, 0.3, 25, 1e4);
    }

    @Override
    public double learningRate(Moment at) {
        double first = peak / divisor;
        double turn = rising * at.steps() - 1;
        if (turn > 0 && at.step() <= turn) {
            return along(first, peak, at.step() / turn);
        }
        double down = Math.max(0, turn);
        return along(peak, first / lastDivisor, (at.step() - down) / Math.max(1, at.steps() - 1 - down));
    }

    private static double along(double from, double to, double share) {
        return to + (from - to) * (1 + Math.cos(Math.PI * Math.min(1, share))) / 2;
    }

    @Override
    public double nominalRate() {
        return peak;
    }

    @Override
    public LearningRateSchedule stretched(double factor) {
        return this;
    }

    @Override
    public LearningRateSchedule scaled(double factor) {
        return new OneCycle(peak * factor, rising, divisor, lastDivisor);
    }
}

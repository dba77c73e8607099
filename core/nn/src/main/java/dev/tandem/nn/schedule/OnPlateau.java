package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * Divided by {@code divisor} when the validation error has not improved for {@code patience} epochs, {@code times}
 * times at most (paper, section 5: by 10, three times).
 */
public record OnPlateau(double initial, double divisor, int patience, int times) implements LearningRateSchedule {
    public OnPlateau {
        ScheduleArguments.requirePositive(initial);
        if (!(divisor > 1) || patience < 1 || times < 0) {
            throw TandemException.argument(
                    "schedule",
                    "parameter out of range",
                    "divisor " + divisor + ", patience " + patience + ", times " + times,
                    "divisor above 1, patience 1 or more, times 0 or more",
                    "The paper divides by 10 three times");
        }
    }

    @Override
    public double learningRate(Moment at) {
        List<Double> errors = at.validationErrors();
        double best = Double.POSITIVE_INFINITY;
        int waited = 0;
        int drops = 0;
        for (double error : errors.subList(0, Math.min(at.epoch(), errors.size()))) {
            if (error < best) {
                best = error;
                waited = 0;
            } else if (++waited >= patience && drops < times) {
                drops++;
                waited = 0;
            }
        }
        return initial / Math.pow(divisor, drops);
    }

    @Override
    public LearningRateSchedule stretched(double factor) {
        return this;
    }

    @Override
    public LearningRateSchedule scaled(double factor) {
        return new OnPlateau(initial * factor, divisor, patience, times);
    }
}

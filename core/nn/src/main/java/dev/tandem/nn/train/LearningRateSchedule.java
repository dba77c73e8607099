package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * The learning rate of each epoch: a function of the epoch and the validation errors so far, so that a resumed run
 * needs no other state.
 */
public sealed interface LearningRateSchedule {
    /**
     * The rate of {@code epoch}, from 0.
     *
     * @param validationErrors the validation error after each epoch before it
     */
    double learningRate(int epoch, List<Double> validationErrors);

    /** This schedule with every rate multiplied by {@code factor}. */
    LearningRateSchedule scaled(double factor);

    /** This schedule with its epochs multiplied by {@code factor}, for a run that is longer or shorter. */
    LearningRateSchedule stretched(double factor);

    /** The rate {@code initial}, replaced from given epochs on. */
    record AtEpochs(double initial, List<Change> changes) implements LearningRateSchedule {
        /** From {@code epoch} on, the rate is {@code learningRate}. */
        public record Change(int epoch, double learningRate) {}

        public AtEpochs {
            requirePositive(initial);
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
        public double learningRate(int epoch, List<Double> validationErrors) {
            double rate = initial;
            for (Change change : changes) {
                if (epoch >= change.epoch()) {
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

    /**
     * Divided by {@code divisor} when the validation error has not improved for {@code patience} epochs, {@code times}
     * times at most (paper, section 5: by 10, three times).
     */
    record OnPlateau(double initial, double divisor, int patience, int times) implements LearningRateSchedule {
        public OnPlateau {
            requirePositive(initial);
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
        public double learningRate(int epoch, List<Double> validationErrors) {
            double best = Double.POSITIVE_INFINITY;
            int waited = 0;
            int drops = 0;
            for (double error : validationErrors.subList(0, Math.min(epoch, validationErrors.size()))) {
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

    /** Multiplied by {@code factor} every {@code every} epochs. */
    record Stepped(double initial, double factor, int every) implements LearningRateSchedule {
        public Stepped {
            requirePositive(initial);
            requirePositive(factor);
            if (every < 1) {
                throw TandemException.argument("schedule", "epochs between steps below 1", every, "1 or more", "");
            }
        }

        @Override
        public double learningRate(int epoch, List<Double> validationErrors) {
            return initial * Math.pow(factor, epoch / every);
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

    private static void requirePositive(double rate) {
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw TandemException.argument(
                    "schedule",
                    "rate or factor not above 0",
                    rate,
                    "a finite number above 0",
                    "The paper starts at 0.01");
        }
    }
}

package dev.tandem.nn.schedule;

import dev.tandem.spi.TandemException;
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

    /**
     * From {@code initial} to {@code last} along half a cosine, over all updates:
     * {@code last + (initial - last) (1 + cos(pi progress)) / 2}.
     */
    record Cosine(double initial, double last) implements LearningRateSchedule {
        public Cosine {
            requirePositive(initial);
            if (!(last >= 0 && last <= initial)) {
                throw TandemException.argument(
                        "schedule", "last rate out of range", last, "0 to " + initial, "0 is usual");
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

    /**
     * The rate of {@code after}, times a share that rises over the first {@code epochs} epochs by the same amount at
     * each update, up to 1.
     */
    record WarmUp(double epochs, LearningRateSchedule after) implements LearningRateSchedule {
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

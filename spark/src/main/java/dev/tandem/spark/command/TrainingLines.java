package dev.tandem.spark.command;

import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.spark.train.RoundExchange;
import dev.tandem.spark.train.SparkTraining;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A run's progress in lines: of each epoch, and within it every ten seconds. */
final class TrainingLines implements TrainingListener {
    private static final long EVERY = TimeUnit.SECONDS.toNanos(10);

    private final Consumer<String> out;
    private long shown = System.nanoTime();
    private Supplier<Optional<RoundExchange>> exchange = Optional::empty;

    TrainingLines(Consumer<String> out) {
        this.out = out;
    }

    /** Says with each epoch what the exchange took. */
    void exchangeOf(SparkTraining training) {
        exchange = training::lastExchange;
    }

    @Override
    public void onStep(Progress step) {
        if (System.nanoTime() - shown < EVERY) {
            return;
        }
        shown = System.nanoTime();
        out.accept(String.format(
                Locale.ROOT,
                "Epoch %d of %d, step %,d of %,d: %s%.1f images/s, %.0f %% waiting for images",
                step.epoch() + 1,
                step.epochs(),
                step.batchInEpoch(),
                step.batchesInEpoch(),
                Double.isNaN(step.loss()) ? "" : String.format(Locale.ROOT, "loss %.4f, ", step.loss()),
                step.imagesPerSecond(),
                100 * step.dataWaitShare()));
    }

    @Override
    public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
        shown = System.nanoTime();
        StringBuilder errors = new StringBuilder();
        if (epoch.top1Error() != null) {
            errors.append(String.format(Locale.ROOT, ", top-1 error %.2f %%", 100 * epoch.top1Error()));
        }
        if (epoch.top5Error() != null) {
            errors.append(String.format(Locale.ROOT, ", top-5 error %.2f %%", 100 * epoch.top5Error()));
        }
        out.accept(String.format(
                Locale.ROOT,
                "Epoch %d: loss %.4f%s, %.1f images/s; workers %.0f %% of the time in steps%s",
                epoch.epoch(),
                epoch.trainingLoss(),
                errors,
                epoch.imagesPerSecond(),
                100 * busyShare(epoch),
                exchange.get().map(took -> ", " + took).orElse("")));
    }

    /** The rest is the exchange, and waiting for the slowest. */
    private static double busyShare(EpochRecord epoch) {
        return epoch.devices().stream()
                .filter(worker -> worker.idleShare() != null)
                .mapToDouble(worker -> 1 - worker.idleShare())
                .average()
                .orElse(0);
    }
}

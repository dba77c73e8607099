package dev.tandem.run;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.TrainingListener.Progress;
import dev.tandem.nn.train.TrainingState;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a run's {@link RunProgress} as it goes. If that fails, it is a warning, once. */
final class ProgressRecorder {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressRecorder.class);
    private static final long EVERY = TimeUnit.SECONDS.toNanos(1);

    private final RunFolder folder;
    private final Recipe recipe;
    private final long began = System.nanoTime();
    private TrainingState start;
    private RunProgress.State state = RunProgress.State.RUNNING;
    private int epoch;
    private double share;
    private @Nullable Progress newest;
    private @Nullable Double remainingSeconds;
    private long stepsBefore = -1;
    private long written;
    private boolean failed;

    ProgressRecorder(RunFolder folder, Recipe recipe) {
        this.folder = folder;
        this.recipe = recipe;
    }

    /** Training begins, or goes on. */
    void start(TrainingState from) {
        start = from;
        epoch = from.epoch();
        write();
    }

    /** A batch was trained on. */
    void step(Progress step) {
        long steps = step.epoch() * (long) step.batchesInEpoch() + step.batchInEpoch();
        if (stepsBefore < 0) {
            stepsBefore = steps - 1;
        }
        long now = System.nanoTime();
        long left = step.epochs() * (long) step.batchesInEpoch() - steps;
        remainingSeconds = (now - began) / 1e9 / (steps - stepsBefore) * left;
        epoch = step.epoch();
        share = (double) step.batchInEpoch() / step.batchesInEpoch();
        newest = step;
        if (now - written >= EVERY) {
            write();
        }
    }

    /** The epoch's steps are done. */
    void validating() {
        share = 1;
        write();
    }

    /** An epoch is over. */
    void epoch(TrainingState after) {
        epoch = after.epoch();
        share = 0;
        write();
    }

    /** The run is at its end, or ends for now. */
    void end(RunProgress.State how) {
        state = how;
        remainingSeconds = null;
        write();
    }

    private void write() {
        written = System.nanoTime();
        RunProgress progress = new RunProgress(
                state,
                recipe.name(),
                start.classNames().size(),
                start.seed(),
                recipe.epochs(),
                epoch,
                share,
                newest == null ? null : finite(newest.loss()),
                newest == null ? null : finite(newest.imagesPerSecond()),
                newest == null ? null : finite(newest.dataWaitShare()),
                remainingSeconds,
                Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        try {
            progress.write(folder);
        } catch (IOException e) {
            if (!failed) {
                LOG.warn(
                        "{}: not written, which changes nothing in the run: {}",
                        RunProgress.file(folder),
                        e.toString());
            }
            failed = true;
        }
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? (Double) value : null;
    }
}

package dev.tandem.run.trial;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.Continuation;
import dev.tandem.run.ImportedRun;
import dev.tandem.run.NewRunFolder;
import dev.tandem.run.PlannedRun;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunProgress;
import dev.tandem.run.TrainingRun;
import dev.tandem.run.trial.TrialResult.End;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trials in a folder, each a run folder of its own that {@code ./tandem} evaluates and shows as any other. A trial that
 * is there already is not trained again, and one that was interrupted goes on exactly.
 */
public final class Trials {
    private static final Logger LOG = LoggerFactory.getLogger(Trials.class);

    private final Path folder;
    private boolean stopRequested;
    private @Nullable TrainingRun current;

    /** Trials whose runs are in {@code folder}, which is made with the first. */
    public Trials(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /** Where the run of {@code trial} is. */
    public Path path(Trial trial) {
        return folder.resolve(trial.name());
    }

    /**
     * Checks, without opening a photograph, that {@code trial} can be run.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if its run is there and was begun with other
     *     settings that decide over its weights; ({@link ErrorCode#INVALID_ARGUMENT}) if its folder holds something else
     *     than its run
     */
    public void check(Trial trial) {
        Path path = path(trial);
        if (!Files.exists(new RunFolder(path).config())) {
            NewRunFolder.requireFree(path);
            return;
        }
        RunFolder run = RunFolder.existing(path);
        ImportedRun.requireTraining(run);
        TandemConfig before = run.configuration();
        OptionalInt batch = before.train().batch();
        // Data may have made the batch smaller: that is seen once they are open.
        boolean isSmaller = batch.isPresent()
                && batch.getAsInt() < trial.config().train().batch().orElse(Integer.MAX_VALUE);
        TandemConfig now = isSmaller ? trial.config().withBatch(batch.getAsInt(), "by the data") : trial.config();
        unchanged(trial, before, now);
    }

    private Continuation unchanged(Trial trial, TandemConfig before, TandemConfig now) {
        return Continuation.unchanged(
                "trial " + trial.name(),
                before,
                now,
                "Trials to be compared are trained alike: leave it as it was, or choose another folder than " + folder);
    }

    /**
     * Trains {@code trial} to its end, or until asked to stop. If its run is there and finished, nothing is trained.
     *
     * @param listeners are called for each event of the training in this process, after everything is written. One that
     *     finishes runs early looks at {@link TrainingListener#onStart} at the history, too
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if its run is there and was begun with other
     *     settings that decide over its weights, or on other images; and as {@link TrainingRun} does, but for {@link
     *     ErrorCode#DIVERGED}, which is a result
     */
    public TrialResult run(Trial trial, TrainingListener... listeners) {
        if (isStopRequested()) {
            return new TrialResult(trial, End.STOPPED, List.of());
        }
        Path path = path(trial);
        if (Files.exists(new RunFolder(path).config())) {
            return goOn(trial, RunFolder.existing(path), listeners);
        }
        try (Tandem tandem = Tandem.configure(trial.config());
                TrainingRun run = TrainingRun.begin(tandem, path, listeners)) {
            return trained(trial, run);
        }
    }

    private TrialResult goOn(Trial trial, RunFolder run, TrainingListener... listeners) {
        ImportedRun.requireTraining(run);
        try (FolderLock lock = run.lock()) {
            TandemConfig before = run.configuration();
            Optional<TrainingState> end = finished(run);
            try (Tandem tandem = Tandem.configure(trial.config().keepingDecisions(before))) {
                Optional<Placement> placement = end.isPresent() ? Optional.empty() : Optional.of(tandem.placement());
                try (PlannedRun plan = PlannedRun.resumed(run, tandem.config(), ScanProgress.silent())) {
                    Continuation changes = unchanged(trial, before, plan.config());
                    if (end.isPresent()) {
                        requireSameImages(trial, plan, end.get());
                        return new TrialResult(trial, End.FINISHED, end.get().history());
                    }
                    try (TrainingRun training = TrainingRun.resume(plan, run, placement.get(), changes, listeners)) {
                        return trained(trial, training);
                    }
                }
            }
        }
    }

    /** The state at the end of a run that is finished; empty if there is something left to do. */
    private static Optional<TrainingState> finished(RunFolder run) {
        try {
            Optional<RunProgress> progress = RunProgress.read(run);
            if (progress.isEmpty() || progress.get().state() != RunProgress.State.FINISHED) {
                return Optional.empty();
            }
        } catch (IOException unreadable) {
            return Optional.empty(); // the run is brought to its end again, which takes no training
        }
        return newest(run);
    }

    private static Optional<TrainingState> newest(RunFolder run) {
        Path last = run.checkpoint("last");
        if (!Files.exists(last)) {
            return Optional.empty();
        }
        try (Checkpoint checkpoint = Checkpoint.open(last)) {
            return Optional.of(checkpoint.state());
        } catch (TandemException e) {
            if (e.code() != ErrorCode.INVALID_CHECKPOINT) {
                throw e;
            }
            return Optional.empty(); // resuming tries the next older one
        }
    }

    private void requireSameImages(Trial trial, PlannedRun plan, TrainingState end) {
        String now = plan.images().fingerprint();
        if (!now.equals(end.dataFingerprint())) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "trial " + trial.name(),
                    "it was trained on other images (fingerprint)",
                    now,
                    end.dataFingerprint(),
                    "Trials to be compared are trained alike: leave the images as they were, or choose another folder"
                            + " than " + folder);
        }
    }

    private TrialResult trained(Trial trial, TrainingRun run) {
        begin(run);
        try {
            TrainingState end = run.train();
            return new TrialResult(trial, run.isFinished(end) ? End.FINISHED : End.STOPPED, end.history());
        } catch (TandemException e) {
            if (e.code() != ErrorCode.DIVERGED) {
                throw e;
            }
            LOG.warn("Trial {}: {}", trial.name(), e.getMessage());
            List<EpochRecord> history =
                    newest(run.folder()).map(TrainingState::history).orElse(List.of());
            return new TrialResult(trial, End.DIVERGED, history);
        } finally {
            begin(null);
        }
    }

    private synchronized void begin(@Nullable TrainingRun run) {
        current = run;
        if (run != null && stopRequested) {
            run.requestStop();
        }
    }

    /**
     * Asks the trial under way to stop after the update under way, with a checkpoint to go on from, and begins no other
     * any more; may be called from any thread.
     */
    public synchronized void requestStop() {
        stopRequested = true;
        if (current != null) {
            current.requestStop();
        }
    }

    private synchronized boolean isStopRequested() {
        return stopRequested;
    }
}

package dev.tandem.run.watch;

import dev.tandem.nn.train.EpochRecord;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunProgress;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.WrittenSettings;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Looks at one run again and again: what it does, and its figures in a line. */
final class RunReader {
    private final String id;
    private final RunFolder folder;
    private final RunFiles files;
    private @Nullable WatchedRun newest;

    RunReader(String id, Path path) {
        this.id = id;
        this.folder = new RunFolder(path);
        this.files = new RunFiles(folder);
    }

    /** What the newest look has found; null before the first. */
    @Nullable
    WatchedRun newest() {
        return newest;
    }

    /**
     * Looks at the run. Nothing wrong with it fails here: it is then unreadable.
     *
     * @param look the look's number
     */
    WatchedRun look(long look) {
        boolean lines = files.read();
        RunSummary summary = summary(state());
        WatchedRun before = newest;
        if (before == null || lines || !before.summary().equals(summary)) {
            List<Setting> written =
                    files.settings() == null ? List.of() : files.settings().settings();
            newest = new WatchedRun(
                    folder,
                    summary,
                    written,
                    files.history(),
                    files.events(),
                    look,
                    files.rewrites(),
                    files.keptEpochs(),
                    files.keptEvents());
        }
        return newest;
    }

    private RunState state() {
        if (files.problem() != null) {
            return RunState.UNREADABLE;
        }
        if (isHeld()) {
            return RunState.RUNNING;
        }
        boolean isBegun = files.history().size() > 0;
        RunProgress.State left =
                files.progress() == null ? null : files.progress().state();
        if (left == RunProgress.State.FINISHED || left == null && isBegun && isComplete()) {
            return RunState.FINISHED;
        }
        // A process that is not killed empties the lock's file at its end.
        if (lockSize() > 0) {
            return RunState.KILLED;
        }
        return left == null && !isBegun ? RunState.NEW : RunState.STOPPED;
    }

    private boolean isHeld() {
        try {
            return folder.trainer().isPresent();
        } catch (TandemException unreadable) {
            return false;
        }
    }

    private long lockSize() {
        try {
            return Files.readAttributes(
                            folder.path().resolve("run.lock"), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .size();
        } catch (IOException none) {
            return 0;
        }
    }

    private boolean isComplete() {
        Integer planned = plannedEpochs();
        return planned != null && lastEpoch() >= planned;
    }

    private int lastEpoch() {
        RunHistory history = files.history();
        return history.size() == 0 ? 0 : (int) history.get(RunHistory.Figure.EPOCH, history.size() - 1);
    }

    private @Nullable Integer plannedEpochs() {
        if (files.progress() != null) {
            return files.progress().epochs();
        }
        return setting(WrittenSettings::number, "tandem.train.epochs")
                .map(Long::intValue)
                .orElse(null);
    }

    private <T> Optional<T> setting(BiFunction<WrittenSettings, String, Optional<T>> kind, String key) {
        return files.settings() == null ? Optional.empty() : kind.apply(files.settings(), key);
    }

    private RunSummary summary(RunState state) {
        RunProgress progress = files.progress();
        RunProgress running = state == RunState.RUNNING ? progress : null;
        EpochRecord best = files.best();
        String recipe = progress != null
                ? progress.recipe()
                : setting(WrittenSettings::text, "tandem.recipe").orElse(null);
        int classes = progress != null && files.classes() == 0 ? progress.classes() : files.classes();
        return new RunSummary(
                id,
                id.substring(id.lastIndexOf('/') + 1),
                state,
                recipe,
                setting(WrittenSettings::text, "tandem.data").orElse(null),
                classes == 0 ? null : (Integer) classes,
                setting(WrittenSettings::number, "tandem.train.seed").orElse(null),
                lastEpoch(),
                plannedEpochs(),
                running == null ? null : (Double) running.step(),
                best == null ? null : best.top1Error(),
                best == null ? null : (Integer) best.epoch(),
                last(RunHistory.Figure.TOP1_ERROR),
                newest(running == null ? null : running.loss(), RunHistory.Figure.TRAINING_LOSS),
                newest(running == null ? null : running.imagesPerSecond(), RunHistory.Figure.IMAGES_PER_SECOND),
                newest(running == null ? null : running.dataWaitShare(), RunHistory.Figure.DATA_WAIT_SHARE),
                files.seconds(),
                text(files.begun()),
                text(files.modified()),
                running == null ? null : running.remainingSeconds(),
                files.problem());
    }

    private @Nullable Double newest(@Nullable Double underWay, RunHistory.Figure figure) {
        return underWay == null ? last(figure) : underWay;
    }

    private static @Nullable String text(@Nullable FileTime time) {
        return time == null
                ? null
                : time.toInstant().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private @Nullable Double last(RunHistory.Figure figure) {
        RunHistory history = files.history();
        double value = history.size() == 0 ? Double.NaN : history.get(figure, history.size() - 1);
        return Double.isFinite(value) ? (Double) value : null;
    }
}

package dev.tandem.run.watch;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunProgress;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.WrittenSettings;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks at one run again and again, and reads what has changed. */
final class RunReader {
    private static final int MOST_EVENTS = 10_000;
    private static final int MOST_EVENT_BYTES = 4 << 20;
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    private static final ObjectReader EPOCH = JSON.readerFor(EpochRecord.class);
    private static final ObjectReader EVENT = JSON.readerFor(RunEvent.class);

    private final String id;
    private final RunFolder folder;
    private final FileStamp config;
    private final FileStamp classList;
    private final FileStamp progressFile;
    private final GrowingLines log;
    private final GrowingLines eventLog;
    private Columns columns = new Columns();
    private RunHistory history = RunHistory.EMPTY;
    private List<RunEvent> events = List.of();
    private long eventBytes;
    /** Whether this look has found lines replaced. */
    private boolean isAnew;

    private int rewrites;
    private int keptEpochs;
    private int keptEvents;
    private @Nullable RunProgress progress;
    private @Nullable WrittenSettings settings;
    private int classes;
    private @Nullable String logProblem;
    private @Nullable String eventsProblem;
    private @Nullable String settingsProblem;
    private @Nullable String classesProblem;
    private @Nullable WatchedRun newest;

    RunReader(String id, Path path) {
        this.id = id;
        this.folder = new RunFolder(path);
        this.config = new FileStamp(folder.config());
        this.classList = new FileStamp(path.resolve("classes.txt"));
        this.progressFile = new FileStamp(RunProgress.file(folder));
        this.log = new GrowingLines(path.resolve("log.jsonl"));
        this.eventLog = new GrowingLines(path.resolve("events.jsonl"));
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
        readSettings();
        RunHistory epochsBefore = history;
        List<RunEvent> eventsBefore = events;
        isAnew = false;
        boolean lines = readLog() | readEvents();
        if (isAnew) {
            rewrites++;
            keptEpochs = history.sameAs(epochsBefore);
            keptEvents = same(events, eventsBefore);
        }
        readProgress();
        RunSummary summary = summary(state());
        WatchedRun before = newest;
        if (before == null || lines || !before.summary().equals(summary)) {
            List<Setting> written = settings == null ? List.of() : settings.settings();
            newest = new WatchedRun(folder, summary, written, history, events, look, rewrites, keptEpochs, keptEvents);
        }
        return newest;
    }

    private static int same(List<RunEvent> events, List<RunEvent> before) {
        int same = 0;
        while (same < Math.min(events.size(), before.size()) && events.get(same).equals(before.get(same))) {
            same++;
        }
        return same;
    }

    private void readSettings() {
        if (config.isChanged()) {
            settingsProblem = null;
            try {
                settings = WrittenSettings.read(folder.config());
            } catch (TandemException e) {
                settingsProblem = e.getMessage();
            }
        }
        if (classList.isChanged()) {
            classesProblem = null;
            try {
                classes = classList.isPlainFile() ? folder.classNames().size() : 0;
            } catch (TandemException e) {
                classesProblem = e.getMessage();
            }
        }
    }

    private void readProgress() {
        if (progressFile.isChanged()) {
            try {
                progress = RunProgress.read(folder).orElse(null);
            } catch (IOException e) {
                progress = null; // it is shown as a run without one
            }
        }
    }

    private boolean readLog() {
        boolean changed = true;
        try {
            changed = log.read(new GrowingLines.Reader() {
                @Override
                public void restart() {
                    columns = new Columns();
                    isAnew = true;
                }

                @Override
                public void line(byte[] line) {
                    columns.add(parsed(EPOCH, line, "log.jsonl"));
                }
            });
            logProblem = changed ? null : logProblem;
        } catch (TandemException | IOException e) {
            String problem = e instanceof IOException ? "log.jsonl cannot be read: " + e : e.getMessage();
            changed = isAnew || !problem.equals(logProblem);
            logProblem = problem;
        }
        if (changed) {
            history = columns.history();
        }
        return changed;
    }

    private boolean readEvents() {
        List<RunEvent> read = new ArrayList<>(events);
        boolean changed = true;
        try {
            changed = eventLog.read(new GrowingLines.Reader() {
                @Override
                public void restart() {
                    read.clear();
                    eventBytes = 0;
                    isAnew = true;
                }

                @Override
                public void line(byte[] line) {
                    eventBytes += line.length;
                    if (read.size() >= MOST_EVENTS || eventBytes > MOST_EVENT_BYTES) {
                        throw TandemException.argument(
                                "events.jsonl",
                                "it is too long to be shown",
                                "more than " + MOST_EVENTS + " lines or " + MOST_EVENT_BYTES + " bytes",
                                "at most as many",
                                "");
                    }
                    read.add(parsed(EVENT, line, "events.jsonl"));
                }
            });
            eventsProblem = changed ? null : eventsProblem;
        } catch (TandemException | IOException e) {
            String problem = e instanceof IOException ? "events.jsonl cannot be read: " + e : e.getMessage();
            changed = isAnew || !problem.equals(eventsProblem);
            eventsProblem = problem;
        }
        if (changed) {
            events = List.copyOf(read);
        }
        return changed;
    }

    private static <T> T parsed(ObjectReader reader, byte[] line, String file) {
        try {
            return reader.readValue(line);
        } catch (IOException | IllegalArgumentException e) {
            String start = new String(line, 0, Math.min(line.length, 60), StandardCharsets.UTF_8);
            throw TandemException.argument(
                    file, "a line of it is no record", start, "one that a run has written", "Copy the run again");
        }
    }

    private RunState state() {
        if (problem() != null) {
            return RunState.UNREADABLE;
        }
        if (isHeld()) {
            return RunState.RUNNING;
        }
        RunProgress.State left = progress == null ? null : progress.state();
        if (left == RunProgress.State.FINISHED || left == null && history.size() > 0 && isComplete()) {
            return RunState.FINISHED;
        }
        // Whoever ends in order empties the lock's file.
        if (lockSize() > 0) {
            return RunState.KILLED;
        }
        return left == null && history.size() == 0 ? RunState.NEW : RunState.STOPPED;
    }

    private @Nullable String problem() {
        return Stream.of(settingsProblem, classesProblem, logProblem, eventsProblem)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
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
        return history.size() == 0 ? 0 : (int) history.get(RunHistory.Figure.EPOCH, history.size() - 1);
    }

    private @Nullable Integer plannedEpochs() {
        if (progress != null) {
            return progress.epochs();
        }
        return setting(WrittenSettings::number, "tandem.train.epochs")
                .map(Long::intValue)
                .orElse(null);
    }

    private <T> Optional<T> setting(BiFunction<WrittenSettings, String, Optional<T>> kind, String key) {
        return settings == null ? Optional.empty() : kind.apply(settings, key);
    }

    private RunSummary summary(RunState state) {
        boolean isRunning = state == RunState.RUNNING && progress != null;
        EpochRecord best = columns.best();
        String recipe = progress != null
                ? progress.recipe()
                : setting(WrittenSettings::text, "tandem.recipe").orElse(null);
        Integer classCount = progress != null && classes == 0 ? (Integer) progress.classes() : (Integer) classes;
        return new RunSummary(
                id,
                id.substring(id.lastIndexOf('/') + 1),
                state,
                recipe,
                setting(WrittenSettings::text, "tandem.data").orElse(null),
                classCount == 0 ? null : classCount,
                setting(WrittenSettings::number, "tandem.train.seed").orElse(null),
                lastEpoch(),
                plannedEpochs(),
                isRunning ? (Double) progress.step() : null,
                best == null ? null : best.top1Error(),
                best == null ? null : (Integer) best.epoch(),
                last(RunHistory.Figure.TOP1_ERROR),
                isRunning && progress.loss() != null ? progress.loss() : last(RunHistory.Figure.TRAINING_LOSS),
                isRunning && progress.imagesPerSecond() != null
                        ? progress.imagesPerSecond()
                        : last(RunHistory.Figure.IMAGES_PER_SECOND),
                isRunning && progress.dataWaitShare() != null
                        ? progress.dataWaitShare()
                        : last(RunHistory.Figure.DATA_WAIT_SHARE),
                columns.seconds(),
                text(Optional.ofNullable(classList.modified()).orElse(config.modified())),
                text(Stream.of(config.modified(), progressFile.modified(), log.modified(), eventLog.modified())
                        .filter(Objects::nonNull)
                        .max(FileTime::compareTo)
                        .orElse(null)),
                isRunning ? progress.remainingSeconds() : null,
                problem());
    }

    private static @Nullable String text(@Nullable FileTime time) {
        return time == null
                ? null
                : time.toInstant().truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private @Nullable Double last(RunHistory.Figure figure) {
        double value = history.size() == 0 ? Double.NaN : history.get(figure, history.size() - 1);
        return Double.isFinite(value) ? (Double) value : null;
    }
}

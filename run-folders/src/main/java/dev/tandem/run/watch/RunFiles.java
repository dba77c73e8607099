package dev.tandem.run.watch;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.run.RunFolder;
import dev.tandem.run.RunProgress;
import dev.tandem.runtime.config.WrittenSettings;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of one run, each read again when it has changed. What is wrong with one is kept as its problem. */
final class RunFiles {
    private static final int MOST_EVENTS = 10_000;
    private static final int MOST_EVENT_BYTES = 4 << 20;
    /** Of a thousand epochs of 100 layers, about 10 MB. */
    private static final int MOST_LOG_BYTES = 256 << 20;

    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    private static final ObjectReader EPOCH = JSON.readerFor(EpochRecord.class);
    private static final ObjectReader EVENT = JSON.readerFor(RunEvent.class);

    private final RunFolder folder;
    private final FileStamp config;
    private final FileStamp classList;
    private final FileStamp progressFile;
    private final GrowingLines log;
    private final GrowingLines eventLog;
    private Columns columns = new Columns();
    private RunHistory history = RunHistory.EMPTY;
    private List<RunEvent> events = List.of();
    /** Whether this look has found lines replaced. */
    private boolean isAnew;

    private int rewrites;
    private int keptEpochs;
    private int keptEvents;
    private @Nullable RunProgress progress;
    private @Nullable WrittenSettings settings;
    private int classes;
    private @Nullable String settingsProblem;
    private @Nullable String classesProblem;
    private @Nullable String logProblem;
    private @Nullable String eventsProblem;

    RunFiles(RunFolder folder) {
        Path path = folder.path();
        this.folder = folder;
        this.config = new FileStamp(folder.config());
        this.classList = new FileStamp(path.resolve("classes.txt"));
        this.progressFile = new FileStamp(RunProgress.file(folder));
        this.log = new GrowingLines(path.resolve("log.jsonl"), MOST_LOG_BYTES);
        this.eventLog = new GrowingLines(path.resolve("events.jsonl"), MOST_EVENT_BYTES);
    }

    /** Reads what has changed; returns whether epochs or events have. */
    boolean read() {
        readSettings();
        readClasses();
        RunHistory epochsBefore = history;
        List<RunEvent> eventsBefore = events;
        isAnew = false;
        boolean changed = readLog() | readEvents();
        if (isAnew) {
            rewrites++;
            keptEpochs = history.sameAs(epochsBefore);
            keptEvents = same(events, eventsBefore);
        }
        readProgress();
        return changed;
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
    }

    private void readClasses() {
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
                    isAnew = true;
                }

                @Override
                public void line(byte[] line) {
                    if (read.size() >= MOST_EVENTS) {
                        throw TandemException.argument(
                                "events.jsonl",
                                "it is too long to be shown",
                                "more than " + MOST_EVENTS + " lines",
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
        T record = null;
        try {
            record = reader.readValue(line);
        } catch (IOException | IllegalArgumentException e) {
            // It is none.
        }
        if (record == null) { // as JSON's null is, too
            String start = new String(line, 0, Math.min(line.length, 60), StandardCharsets.UTF_8);
            throw TandemException.argument(
                    file, "a line of it is no record", start, "one that a run has written", "Copy the run again");
        }
        return record;
    }

    /** The epochs. */
    RunHistory history() {
        return history;
    }

    /** The best epoch so far by its validation; null if there was none. */
    @Nullable
    EpochRecord best() {
        return columns.best();
    }

    /** Wall time of all epochs. */
    double seconds() {
        return columns.seconds();
    }

    /** What was changed by hand, in order. */
    List<RunEvent> events() {
        return events;
    }

    /** How often epochs or events that were there have been replaced. */
    int rewrites() {
        return rewrites;
    }

    /** Epochs that the newest of {@link #rewrites} has kept, from the first on. */
    int keptEpochs() {
        return keptEpochs;
    }

    /** Events that the newest of {@link #rewrites} has kept, from the first on. */
    int keptEvents() {
        return keptEvents;
    }

    /** How far the run has come, as it has written itself; null if it has not. */
    @Nullable
    RunProgress progress() {
        return progress;
    }

    /** Its configuration; null if it cannot be read. */
    @Nullable
    WrittenSettings settings() {
        return settings;
    }

    /** How many classes there are; 0 if that cannot be read. */
    int classes() {
        return classes;
    }

    /** What is wrong with the first file that cannot be read; null if all can. */
    @Nullable
    String problem() {
        return Stream.of(settingsProblem, classesProblem, logProblem, eventsProblem)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** When the run was begun: its classes are written then, and never again. */
    @Nullable
    FileTime begun() {
        return classList.modified() == null ? config.modified() : classList.modified();
    }

    /** When one of the files was last written. */
    @Nullable
    FileTime modified() {
        return Stream.of(config.modified(), progressFile.modified(), log.modified(), eventLog.modified())
                .filter(Objects::nonNull)
                .max(FileTime::compareTo)
                .orElse(null);
    }
}

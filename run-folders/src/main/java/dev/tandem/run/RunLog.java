package dev.tandem.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.TrainingState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Collectors;

/**
 * A run's {@code log.jsonl}, a line an epoch, and {@code events.jsonl}, a line for each change by hand.
 *
 * @param folder the run's
 */
record RunLog(Path folder) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MOST_BYTES = 1 << 28;
    /** Where a line goes on with what a state keeps of the newest epochs only. */
    private static final String DETAILS = ",\"devices\":";

    private Path log() {
        return folder.resolve("log.jsonl");
    }

    private Path events() {
        return folder.resolve("events.jsonl");
    }

    /** Whether a training run was begun. */
    boolean exists() {
        return Files.exists(log());
    }

    /** Whether no epoch was logged. */
    boolean isEmpty() {
        try {
            return !Files.exists(log()) || Files.size(log()) == 0;
        } catch (IOException e) {
            throw RunFolder.failure(log(), "cannot be read", e);
        }
    }

    /**
     * Brings log and events to where {@code state} stands, which may be before what they hold. Of older epochs a state
     * does not keep everything: their lines stay as they are.
     */
    void write(TrainingState state) {
        StringBuilder lines = new StringBuilder();
        try (BufferedReader logged = new BufferedReader(isReadable() ? reader() : Reader.nullReader())) {
            for (EpochRecord epoch : state.history()) {
                String line = line(epoch);
                String before = logged.readLine();
                boolean same = before != null && before.startsWith(line.substring(0, line.indexOf(DETAILS)));
                lines.append(same ? before + "\n" : line);
            }
        } catch (IOException e) {
            throw RunFolder.failure(log(), "cannot be read", e);
        }
        RunFolder.writeText(log(), lines.toString());
        if (!state.events().isEmpty()) {
            RunFolder.writeText(
                    events(), state.events().stream().map(RunLog::line).collect(Collectors.joining()));
        }
    }

    /** Whether there are lines that may stay: a log that no run has written is written anew. */
    private boolean isReadable() throws IOException {
        return Files.isRegularFile(log(), LinkOption.NOFOLLOW_LINKS) && Files.size(log()) <= MOST_BYTES;
    }

    /** Bytes that are no text match no line. */
    private Reader reader() throws IOException {
        return new InputStreamReader(Files.newInputStream(log()), StandardCharsets.UTF_8);
    }

    /** Appends an epoch. */
    void append(EpochRecord epoch) {
        append(log(), line(epoch));
    }

    /** Appends something that was changed by hand. */
    void append(RunEvent event) {
        append(events(), line(event));
    }

    private static String line(Object record) {
        try {
            return JSON.writeValueAsString(record) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a plain record", e);
        }
    }

    private static void append(Path file, String text) {
        try {
            Files.writeString(
                    file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            throw RunFolder.failure(file, "cannot be written", e);
        }
    }
}

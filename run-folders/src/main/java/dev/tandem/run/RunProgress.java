package dev.tandem.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.spi.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far a run has come, in {@code progress.json}: written about every second while it trains, and at its end. It is
 * there to be shown: a run does not read it, and goes on if it cannot be written.
 *
 * @param state what the run did then
 * @param recipe the recipe's name
 * @param classes how many classes there are; 0 for none
 * @param seed of everything random
 * @param epochs epochs in all, as planned
 * @param epoch epochs that are done
 * @param step share of the epoch under way that is trained, 0 to 1
 * @param loss mean loss of the newest steps; null before the first
 * @param imagesPerSecond rate over the epoch under way; null before the first step
 * @param dataWaitShare share of this epoch spent waiting for data, 0 to 1; null before the first step
 * @param remainingSeconds time to the end, by the steps of this process; null before the first
 * @param time when this was written, ISO 8601 in UTC
 */
public record RunProgress(
        State state,
        String recipe,
        int classes,
        long seed,
        int epochs,
        int epoch,
        double step,
        @Nullable Double loss,
        @Nullable Double imagesPerSecond,
        @Nullable Double dataWaitShare,
        @Nullable Double remainingSeconds,
        String time) {
    /** What a run does. */
    public enum State {
        /** It trains, or was killed. */
        @JsonProperty("running")
        RUNNING,
        /** It was interrupted, and can be resumed. */
        @JsonProperty("stopped")
        STOPPED,
        /** It came to its end. */
        @JsonProperty("finished")
        FINISHED
    }

    static final String FILE = "progress.json";
    static final String TEMPORARY = "progress.json.tmp";
    private static final int MOST_BYTES = 1 << 16;
    private static final int LONGEST_NAME = 300;
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    /** The file in {@code folder}. */
    public static Path file(RunFolder folder) {
        return folder.path().resolve(FILE);
    }

    /**
     * What is in the file in {@code folder}; empty if there is none, or none that a run has written.
     *
     * @throws IOException if it cannot be read
     */
    public static Optional<RunProgress> read(RunFolder folder) throws IOException {
        Path file = file(folder);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException removed) {
            return Optional.empty();
        }
        try {
            RunProgress read = bytes.length > MOST_BYTES ? null : JSON.readValue(bytes, RunProgress.class);
            return Optional.ofNullable(read).filter(RunProgress::isPlausible);
        } catch (IOException noProgress) {
            return Optional.empty();
        }
    }

    private boolean isPlausible() {
        return state != null
                && recipe != null
                && recipe.length() <= LONGEST_NAME
                && time != null
                && time.length() <= LONGEST_NAME
                && classes >= 0
                && epochs >= 0
                && epoch >= 0
                && isIn(step, 0, 1)
                && (loss == null || Double.isFinite(loss))
                && (imagesPerSecond == null || isIn(imagesPerSecond, 0, Double.MAX_VALUE))
                && (dataWaitShare == null || isIn(dataWaitShare, 0, Double.MAX_VALUE))
                && (remainingSeconds == null || isIn(remainingSeconds, 0, Double.MAX_VALUE));
    }

    /** Not so for NaN. */
    private static boolean isIn(double value, double least, double most) {
        return value >= least && value <= most;
    }

    /** Replaces the file in {@code folder}. It is not synced: it is worth nothing after the machine has stopped. */
    void write(RunFolder folder) throws IOException {
        Path temporary = folder.path().resolve(TEMPORARY);
        Files.deleteIfExists(temporary);
        try {
            Files.write(
                    temporary, JSON.writeValueAsBytes(this), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            AtomicFile.replace(temporary, file(folder));
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
    }
}

package dev.tandem.analysis.features;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How far a file of features is: what is kept beside it to go on after an interruption.
 *
 * @param version of this record
 * @param origin what the features depend on
 * @param images how many images there are
 * @param position how many of them are done
 * @param rows how many of these have features
 * @param rowBytes the length of the features
 * @param nameBytes the length of the names
 * @param skippedBytes the length of the list of images without features
 */
record FeatureProgress(
        int version,
        FeatureOrigin origin,
        int images,
        int position,
        int rows,
        long rowBytes,
        long nameBytes,
        long skippedBytes) {
    static final int VERSION = 1;

    private static final int MOST_BYTES = 1 << 16;
    private static final ObjectMapper JSON = new ObjectMapper();

    boolean isComplete() {
        return position == images;
    }

    void write(Path file) {
        try {
            AtomicFile.write(file, JSON.writeValueAsBytes(this));
        } catch (JacksonException e) {
            throw new IllegalStateException("progress is a plain record", e);
        }
    }

    /**
     * Reads what {@link #write} wrote; empty if there is no file.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if it is something else
     */
    static Optional<FeatureProgress> read(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            FeatureProgress progress = bytes.length > MOST_BYTES ? null : JSON.readValue(bytes, FeatureProgress.class);
            if (progress == null || !progress.isPossible()) {
                throw damaged(file, "no such record", null);
            }
            return Optional.of(progress);
        } catch (IOException e) {
            throw damaged(file, e instanceof JacksonException json ? json.getOriginalMessage() : e.toString(), e);
        }
    }

    private boolean isPossible() {
        return version == VERSION
                && origin != null
                && position >= 0
                && position <= images
                && rows >= 0
                && rows <= position
                && rowBytes >= 0
                && nameBytes >= 0
                && skippedBytes >= 0;
    }

    private static TandemException damaged(Path file, String wrong, IOException cause) {
        return TandemException.failure(
                ErrorCode.INVALID_DATA,
                "features",
                file + " is not the progress of an earlier run, got " + wrong,
                "Delete it and the files that begin with its name, to begin anew",
                cause);
    }
}

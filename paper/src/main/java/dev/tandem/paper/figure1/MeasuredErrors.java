package dev.tandem.paper.figure1;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The training errors of a trial so far, in {@code training-error.json} of its run folder: they are there again when the
 * trial goes on.
 *
 * @param images how many training images they were measured on
 * @param fingerprint of the data; null if an earlier version wrote the file
 * @param errors after each epoch, 0 to 1
 * @param diverged whether the loss was infinite after that
 */
record MeasuredErrors(int images, @Nullable String fingerprint, List<Double> errors, boolean diverged) {
    private static final String FILE = "training-error.json";
    private static final int MOST_BYTES = 1 << 22;
    private static final ObjectMapper JSON = new ObjectMapper();

    MeasuredErrors {
        errors = errors == null ? List.of() : List.copyOf(errors);
    }

    /**
     * Those of the trial in {@code folder}; none if there is no file.
     *
     * @param images how many images they have to be measured on
     * @param fingerprint of the data that those are of
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if the file is no list of errors, or of other images
     */
    static MeasuredErrors read(Path folder, int images, String fingerprint) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return new MeasuredErrors(images, fingerprint, List.of(), false);
        }
        MeasuredErrors found;
        try (InputStream in = Files.newInputStream(file)) {
            found = JSON.readValue(in.readNBytes(MOST_BYTES), MeasuredErrors.class);
        } catch (IOException e) {
            throw damaged(file, "no JSON of a trial");
        }
        if (found == null || !found.errors.stream().allMatch(error -> error != null && error >= 0 && error <= 1)) {
            throw damaged(file, "numbers out of range");
        }
        if (found.images != images) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "figure 1",
                    "the training error in " + file + " was measured on other images",
                    images,
                    found.images,
                    "Choose another folder with --out, or --images " + found.images);
        }
        if (found.fingerprint != null && !found.fingerprint.equals(fingerprint)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "figure 1",
                    "the trial in " + folder + " was trained on other images (fingerprint)",
                    fingerprint,
                    found.fingerprint,
                    "Choose another folder with --out, or --data as it was");
        }
        return found;
    }

    private static TandemException damaged(Path file, String got) {
        return TandemException.of(
                ErrorCode.INVALID_DATA,
                "figure 1",
                file + " is damaged",
                got,
                "errors of 0 to 1",
                "Remove the folder " + file.getParent() + ": the trial is done again");
    }

    /** Those of the first {@code epochs} epochs. */
    MeasuredErrors first(int epochs) {
        return epochs >= errors.size()
                ? this
                : new MeasuredErrors(images, fingerprint, errors.subList(0, epochs), false);
    }

    /** With one more. */
    MeasuredErrors plus(double error) {
        List<Double> all = new ArrayList<>(errors);
        all.add(error);
        return new MeasuredErrors(images, fingerprint, all, false);
    }

    /** With the note that the loss was infinite. */
    MeasuredErrors thenDiverged() {
        return new MeasuredErrors(images, fingerprint, errors, true);
    }

    void write(Path folder) {
        try {
            AtomicFile.write(folder.resolve(FILE), JSON.writeValueAsBytes(this));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a plain record", e);
        }
    }
}

package dev.tandem.analysis.features;

import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** The kinds of files that features are written to; the end of a file's name says which it is. */
public enum FeatureFormat {
    /** NumPy's format, {@code (rows, ...)} in float32; the names of the images are in a text file beside it. */
    NPY,
    /** Text: a line an image, its name first, then a number an element. */
    CSV,
    /** Apache Parquet: the columns {@code file}, a string, and {@code features}, a list of floats. */
    PARQUET;

    /** How the names of its files end. */
    String extension() {
        return "." + name().toLowerCase(Locale.ROOT);
    }

    /**
     * The format of a file by its name.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if it is none of these
     */
    public static FeatureFormat of(Path file) {
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        return Arrays.stream(values())
                .filter(format -> name.toLowerCase(Locale.ROOT).endsWith(format.extension()))
                .findFirst()
                .orElseThrow(() -> TandemException.argument(
                        "features",
                        "unknown kind of file to write",
                        EscapedText.visible(file.toString()),
                        "a name that ends with .npy, .csv or .parquet",
                        ""));
    }
}

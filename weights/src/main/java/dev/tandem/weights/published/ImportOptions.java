package dev.tandem.weights.published;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a file of weights beside what is in it.
 *
 * @param recipe the name of the recipe that makes its net; empty to go by names and shapes
 * @param classNames the classes, by label; empty for the file's own, or ImageNet's for a net of 1,000
 * @param mean a file with the mean image of the data that it was trained on; empty for the file's own, or ImageNet's
 *     channel means
 */
public record ImportOptions(Optional<String> recipe, Optional<List<String>> classNames, Optional<Path> mean) {
    public ImportOptions {
        classNames = classNames.map(List::copyOf);
    }

    /** By the file alone. */
    public static ImportOptions none() {
        return new ImportOptions(Optional.empty(), Optional.empty(), Optional.empty());
    }
}

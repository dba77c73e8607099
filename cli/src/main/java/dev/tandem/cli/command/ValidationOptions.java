package dev.tandem.cli.command;

import java.util.Map;
import picocli.CommandLine.Option;

/** The options that choose what is validated on. */
final class ValidationOptions {
    @Option(names = "--val", paramLabel = "DIR", description = "A folder of classes to validate on, anywhere.")
    String validation;

    @Option(
            names = "--split",
            paramLabel = "FRACTION",
            description = "Validate on this share of each class's training images; default: 0.2 without train and val.")
    String split;

    @Option(names = "--no-validation", description = "Validate on nothing.")
    boolean noValidation;

    /** Adds the settings behind the options; null where they were not given. */
    void addTo(Map<String, Object> named) {
        named.put("tandem.images.validation", validation);
        named.put("tandem.images.split", split);
        named.put("tandem.images.no-validation", noValidation ? "true" : null);
    }
}

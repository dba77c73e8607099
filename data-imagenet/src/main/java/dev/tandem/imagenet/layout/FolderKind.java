package dev.tandem.imagenet.layout;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The names, in any case, that the parts of a data folder may have. */
enum FolderKind {
    TRAIN("train", "training"),
    VALIDATION("val", "valid", "validation", "dev"),
    TEST("test", "testing");

    private final List<String> names;

    FolderKind(String... names) {
        this.names = List.of(names);
    }

    /** The kind of a folder, if it has one of these names. */
    static Optional<FolderKind> of(String name) {
        return Arrays.stream(values())
                .filter(kind -> kind.names.contains(name.toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    /** The names of the kind, the usual one first. */
    List<String> names() {
        return names;
    }
}

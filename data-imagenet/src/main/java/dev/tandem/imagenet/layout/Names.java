package dev.tandem.imagenet.layout;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Locale;

/** How names of files and classes are compared. */
public final class Names {
    private Names() {}

    /** Equal for names that differ in case or in how accents are encoded only. */
    static String folded(String name) {
        return Normalizer.normalize(name, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    }

    /** Why a file is left out that {@link #isExact} does not find, and what to do. */
    static String inexactReason() {
        String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
        return encoding.equalsIgnoreCase("UTF-8")
                ? "its name is not valid UTF-8; rename it"
                : "its name cannot be read as " + encoding + ", this locale's encoding; set LC_ALL=C.UTF-8";
    }

    /** Whether the name of {@code entry} finds it again in {@code directory}; false if it is not valid UTF-8. */
    static boolean isExact(Path directory, Path entry) {
        try {
            return directory.resolve(entry.getFileName().toString()).equals(entry);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}

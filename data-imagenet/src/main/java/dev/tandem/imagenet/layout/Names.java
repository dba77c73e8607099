package dev.tandem.imagenet.layout;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Comparator;
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

    /** Sorts by how near a name is. */
    static Comparator<String> nearestTo(String name) {
        return Comparator.comparingInt(known -> editDistance(name, known));
    }

    /** Levenshtein's distance: the fewest insertions, deletions and replacements that turn one name into the other. */
    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}

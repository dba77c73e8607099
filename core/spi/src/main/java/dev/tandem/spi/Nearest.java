package dev.tandem.spi;

import java.util.Collection;
import java.util.Comparator;

/** Finds the name that a misspelled one was probably meant to be, for error messages. */
public final class Nearest {
    private Nearest() {}

    /**
     * The nearest of {@code candidates} to {@code name}, one or more: it takes the fewest inserted, deleted and
     * replaced characters (Levenshtein's distance). The first if several are as near.
     */
    public static String to(String name, Collection<String> candidates) {
        return candidates.stream()
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .orElseThrow();
    }

    private static int distance(String a, String b) {
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

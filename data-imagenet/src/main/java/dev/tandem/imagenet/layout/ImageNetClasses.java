package dev.tandem.imagenet.layout;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The 1,000 classes that most published nets tell apart, those of ILSVRC2012. Folders and models name them by their
 * wnids, which tell people nothing.
 */
public final class ImageNetClasses {
    private static final SortedMap<String, String> WORDS = read();
    private static final Set<String> AMBIGUOUS = ambiguous();

    private ImageNetClasses() {}

    /** The wnids in the order of the labels, which is theirs: n01440764 is 0, n15075141 is 999. */
    public static List<String> wnids() {
        return List.copyOf(WORDS.keySet());
    }

    /** The words of a class, such as {@code tench, Tinca tinca}; absent for a name that is none of the wnids. */
    public static Optional<String> words(String wnid) {
        return Optional.ofNullable(WORDS.get(wnid));
    }

    /** A class's name for people, such as {@code tench, Tinca tinca (n01440764)}; another name stays as it is. */
    public static String display(String name) {
        return words(name).map(words -> words + " (" + name + ")").orElse(name);
    }

    /**
     * The same where room is short, such as {@code tench}. Two cranes and two maillots have the wnid behind it.
     */
    public static String brief(String name) {
        return words(name)
                .map(ImageNetClasses::firstOf)
                .map(word -> AMBIGUOUS.contains(word) ? word + " (" + name + ")" : word)
                .orElse(name);
    }

    private static String firstOf(String words) {
        int comma = words.indexOf(',');
        return comma < 0 ? words : words.substring(0, comma);
    }

    private static Set<String> ambiguous() {
        Set<String> seen = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (String words : WORDS.values()) {
            if (!seen.add(firstOf(words))) {
                twice.add(firstOf(words));
            }
        }
        return twice;
    }

    private static SortedMap<String, String> read() {
        SortedMap<String, String> words = new TreeMap<>();
        try (InputStream in = ImageNetClasses.class.getResourceAsStream("imagenet-classes.txt")) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t"))
                    .forEach(line -> words.put(line[0], line[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Collections.unmodifiableSortedMap(words);
    }
}

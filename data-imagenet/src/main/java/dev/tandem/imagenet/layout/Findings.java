package dev.tandem.imagenet.layout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What was found in a data folder besides images: counted, so that nothing is left out in silence. */
public final class Findings {
    /** The kinds of what is left out. */
    enum Kind {
        NO_IMAGE("Files that are no images by name and content, ignored"),
        HIDDEN("Hidden files and folders, ignored"),
        LOOSE("Files beside the class folders, ignored"),
        DANGLING("Links to nothing, ignored"),
        LOOP("Links back to a folder already listed, not followed"),
        SPECIAL("Neither files nor folders, ignored");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    private static final class Group {
        private int count;
        private String first;
        private final SortedMap<String, Integer> details = new TreeMap<>();
    }

    private static final int DETAILS = 5;

    private final List<String> notes = new ArrayList<>();
    private final Map<Kind, Group> groups = new EnumMap<>(Kind.class);
    private final Map<Split, List<BadFile>> badNames = new EnumMap<>(Split.class);

    /** Adds a line. */
    public void note(String line) {
        notes.add(line);
    }

    /** The lines added, as a remark in brackets; empty if there are none. */
    public String remark() {
        return notes.isEmpty() ? "" : " (" + String.join("; ", notes) + ")";
    }

    /** Counts something left out. */
    void count(Kind kind, String place) {
        Group group = groups.computeIfAbsent(kind, key -> new Group());
        group.count++;
        group.first = group.first == null ? place : group.first;
    }

    /** Counts something left out, of a sort such as {@code .txt}. */
    void count(Kind kind, String place, String detail) {
        count(kind, place);
        groups.get(kind).details.merge(detail, 1, Integer::sum);
    }

    /** Adds a file of a set that cannot be opened by its name. */
    void badName(Split split, String shown) {
        badNames.computeIfAbsent(split, key -> new ArrayList<>()).add(new BadFile(shown, Names.inexactReason()));
    }

    /** The files of a set that cannot be opened by their names. */
    public List<BadFile> badNames(Split split) {
        return Collections.unmodifiableList(badNames.getOrDefault(split, List.of()));
    }

    /** Everything, a line each, for people. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>(notes);
        groups.forEach((kind, group) -> {
            List<String> sorts = group.details.entrySet().stream()
                    .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                    .map(entry -> String.format(Locale.ROOT, "%,d %s", entry.getValue(), entry.getKey()))
                    .toList();
            String some = sorts.stream().limit(DETAILS).collect(Collectors.joining(", "));
            String details = sorts.isEmpty() ? "" : " (" + some + (sorts.size() > DETAILS ? ", ..." : "") + ")";
            lines.add(String.format(Locale.ROOT, "%s: %,d", kind.text, group.count) + details + ", such as "
                    + group.first);
        });
        return lines;
    }
}

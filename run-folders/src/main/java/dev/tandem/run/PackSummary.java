package dev.tandem.run;

import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.shard.Manifest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a packing has made: numbers for programs, and lines for people.
 *
 * @param classes how many there are
 * @param images how many there are, by the folder of their split
 * @param bytes of the shards, by the folder of their split
 * @param shards how many there are
 * @param odd files that are unusual, and used
 * @param quarantined files that are not used
 */
public record PackSummary(
        int classes,
        Map<String, Long> images,
        Map<String, Long> bytes,
        int shards,
        List<Manifest.Note> odd,
        List<Manifest.Note> quarantined) {
    private static final int SHOWN = 20;

    /** What a manifest says. */
    public static PackSummary of(Manifest manifest) {
        Map<String, Long> images = new LinkedHashMap<>();
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (Split split : Split.values()) {
            images.put(split.folder(), manifest.images(split));
            bytes.put(
                    split.folder(),
                    manifest.shardsOf(split).stream()
                            .mapToLong(Manifest.Shard::bytes)
                            .sum());
        }
        return new PackSummary(
                manifest.classes().size(),
                images,
                bytes,
                manifest.shards().size(),
                manifest.odd(),
                manifest.quarantined());
    }

    /** What a manifest says, in lines: shards, how images were turned, and files that are not as others. */
    public static List<String> lines(Manifest manifest) {
        PackSummary summary = of(manifest);
        List<String> lines = new ArrayList<>();
        for (Split split : Split.values()) {
            int shards = manifest.shardsOf(split).size();
            if (shards > 0) {
                lines.add(String.format(
                        Locale.ROOT,
                        "%-5s  %,d images in %,d shard(s) of %.1f MB together",
                        split.folder(),
                        manifest.images(split),
                        shards,
                        summary.bytes.get(split.folder()) / 1e6));
            }
        }
        Photographs.orientationLine(manifest.turned(), manifest.options().orientation())
                .ifPresent(lines::add);
        lines.addAll(lines("unusual, and used", manifest.odd(), SHOWN));
        lines.addAll(lines("quarantined", manifest.quarantined(), Integer.MAX_VALUE));
        return lines;
    }

    /** Notes on files, at most {@code shown} of them, under a line that says how many they are. */
    public static List<String> lines(String what, List<Manifest.Note> notes, int shown) {
        List<String> lines = new ArrayList<>();
        if (!notes.isEmpty()) {
            lines.add(String.format(Locale.ROOT, "Files %s: %,d", what, notes.size()));
        }
        notes.stream()
                .limit(shown)
                .forEach(note -> lines.add("  " + note.split() + "/" + note.file() + ": " + note.reason()));
        if (notes.size() > shown) {
            lines.add(String.format(Locale.ROOT, "  ... %,d more; --json lists them", notes.size() - shown));
        }
        return lines;
    }
}

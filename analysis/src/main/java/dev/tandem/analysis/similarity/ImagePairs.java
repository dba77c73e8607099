package dev.tandem.analysis.similarity;

import dev.tandem.imagenet.UnlabelledImages;
import dev.tandem.imagenet.layout.EscapedText;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The images to compare: two, or those of two folders that have the same names.
 *
 * @param pairs in the order of the first folder
 * @param alone files of either folder without a counterpart
 * @param notes what was found besides images: a line each, for people
 */
public record ImagePairs(List<Pair> pairs, List<String> alone, List<String> notes) {
    /** Two images. */
    public record Pair(Path a, Path b) {}

    /**
     * Two images, or two folders.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if one is a folder and the other is not, or nothing is
     *     there, or no names are the same
     */
    public static ImagePairs of(Path a, Path b) {
        if (!Files.isDirectory(a) && !Files.isDirectory(b)) {
            UnlabelledImages.list(List.of(a, b)); // refuses what is not there
            return new ImagePairs(List.of(new Pair(a, b)), List.of(), List.of());
        }
        if (!Files.isDirectory(a) || !Files.isDirectory(b)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "compare",
                    "only one of them is a folder",
                    Files.isDirectory(a) ? a : b,
                    "two images, or two folders",
                    "");
        }
        UnlabelledImages ofA = UnlabelledImages.list(List.of(a));
        UnlabelledImages ofB = UnlabelledImages.list(List.of(b));
        Map<String, Path> byName = new LinkedHashMap<>();
        for (int i = 0; i < ofB.size(); i++) {
            byName.put(ofB.name(i).substring(b.toString().length()), Path.of(ofB.name(i)));
        }
        List<Pair> pairs = new ArrayList<>();
        List<String> alone = new ArrayList<>();
        for (int i = 0; i < ofA.size(); i++) {
            Path other = byName.remove(ofA.name(i).substring(a.toString().length()));
            if (other == null) {
                alone.add(ofA.name(i));
            } else {
                pairs.add(new Pair(Path.of(ofA.name(i)), other));
            }
        }
        byName.values().forEach(path -> alone.add(path.toString()));
        if (pairs.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "compare",
                    "no image of " + a + " has the name of one of " + b,
                    alone.get(0),
                    "the same names in both",
                    "Name two images to compare them whatever they are called");
        }
        List<String> notes = new ArrayList<>();
        for (UnlabelledImages images : List.of(ofA, ofB)) {
            notes.addAll(images.notes());
            images.unreadable().forEach(bad -> notes.add("Left out: " + EscapedText.visible(bad.toString())));
        }
        return new ImagePairs(pairs, alone, notes);
    }
}

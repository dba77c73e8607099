package dev.tandem.imagenet;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The layout {@code DIR/train/CLASS/FILE} and {@code DIR/val/CLASS/FILE}. Classes are the sorted names of train's folders
 * and a label is an index into them; every file of a class folder counts, whatever its name, except hidden ones; whatever
 * else lies around (a README, a LICENSE) does not.
 */
record ClassFolders(List<String> classes, ImageFiles training, ImageFiles validation) {
    private static final String OPERATION = "data folder";
    private static final String LAYOUT = "Arrange the images as DIR/train/CLASS/FILE and DIR/val/CLASS/FILE";

    /** Lists a folder to train on: {@code train} with two classes or more, and {@code val} if it is there. */
    static ClassFolders forTraining(Path directory) {
        requireDirectory(directory, directory, "a folder with train and val", LAYOUT);
        Path train = directory.resolve("train");
        requireDirectory(train, directory, "a folder train with one folder per class", LAYOUT);
        List<String> classes = names(train, Files::isDirectory);
        if (classes.size() < 2) {
            throw invalid(
                    train + " has too few class folders",
                    classes.isEmpty() ? "none" : "only " + classes.get(0),
                    "two or more",
                    LAYOUT);
        }
        ImageFiles training = list(directory, "train", classes, classes);
        Path val = directory.resolve("val");
        if (Files.notExists(val)) {
            return new ClassFolders(classes, training, new ImageFiles(directory, List.of(), List.of()));
        }
        return new ClassFolders(classes, training, validation(directory, classes, "train"));
    }

    /** Lists only the {@code val} of a folder, whose classes must be among {@code classes}. */
    static ClassFolders forEvaluation(Path directory, List<String> classes) {
        requireDirectory(directory, directory, "a folder with val", LAYOUT);
        ImageFiles nothing = new ImageFiles(directory, List.of(), List.of());
        return new ClassFolders(List.copyOf(classes), nothing, validation(directory, classes, "the trained model"));
    }

    private static ImageFiles validation(Path directory, List<String> classes, String origin) {
        Path val = directory.resolve("val");
        requireDirectory(val, directory, "a folder val with one folder per class", LAYOUT);
        List<String> present = names(val, Files::isDirectory);
        if (present.isEmpty()) {
            throw invalid(val + " has no class folders", "none", "one folder per class", LAYOUT);
        }
        for (String name : present) {
            if (!classes.contains(name)) {
                String nearest = classes.stream()
                        .min(Comparator.comparingInt(known -> editDistance(name, known)))
                        .orElseThrow();
                throw invalid(
                        "a class of val is unknown to " + origin,
                        name,
                        "one of its " + classes.size() + " classes (the nearest is " + nearest + ")",
                        "Rename or remove " + val.resolve(name));
            }
        }
        return list(directory, "val", present, classes);
    }

    private static ImageFiles list(Path directory, String set, List<String> folders, List<String> classes) {
        List<String> files = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (String folder : folders) {
            Path path = directory.resolve(set).resolve(folder);
            List<String> names = names(path, Files::isRegularFile);
            if (names.isEmpty()) {
                throw invalid(
                        "class " + folder + " of " + set + " is empty",
                        "no files in " + path,
                        "one image or more",
                        "Add images, or remove the folder");
            }
            Integer label = classes.indexOf(folder);
            for (String name : names) {
                files.add(set + "/" + folder + "/" + name);
                labels.add(label);
            }
        }
        return new ImageFiles(directory, files, labels);
    }

    /** The sorted names of the entries that {@code wanted} takes, without hidden ones. */
    private static List<String> names(Path directory, Predicate<Path> wanted) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (!name.startsWith(".") && wanted.test(entry)) {
                    names.add(name);
                }
            }
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_DATA,
                    OPERATION,
                    directory + " cannot be listed: " + e,
                    "Check that it exists and may be read",
                    e);
        }
        names.sort(Comparator.naturalOrder());
        return names;
    }

    private static void requireDirectory(Path path, Path directory, String expected, String advice) {
        if (!Files.isDirectory(path)) {
            String got = Files.exists(path)
                    ? "a file"
                    : besides(directory).map(seen -> "only " + seen).orElse("nothing");
            throw invalid(path + " is no folder", got, expected, advice);
        }
    }

    /** What a folder does have, so that a wrong path is seen at once. */
    private static Optional<String> besides(Path directory) {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        List<String> seen = names(directory, path -> true);
        String some = String.join(", ", seen.subList(0, Math.min(5, seen.size())));
        return seen.isEmpty() ? Optional.empty() : Optional.of(seen.size() > 5 ? some + ", ..." : some);
    }

    private static TandemException invalid(String wrong, Object got, Object expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_DATA, OPERATION, wrong, got, expected, advice);
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

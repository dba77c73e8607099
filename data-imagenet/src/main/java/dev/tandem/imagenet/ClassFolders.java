package dev.tandem.imagenet;

import dev.tandem.imagenet.archive.TarListing;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The layout {@code DIR/train/CLASS/FILE} and {@code DIR/val/CLASS/FILE}, in which {@code CLASS.tar} may stand for the
 * folder {@code CLASS}. Classes are the sorted names of train's folders and a label is an index into them; every file of
 * a class folder counts, whatever its name, except hidden ones; whatever else lies around (a README, a LICENSE) does not.
 */
record ClassFolders(List<String> classes, ImageFiles training, ImageFiles validation) {
    private static final String OPERATION = "data folder";
    private static final String TAR = ".tar";
    private static final String LAYOUT = "Arrange the images as DIR/train/CLASS/FILE and DIR/val/CLASS/FILE";

    /** Lists a folder to train on: {@code train} with two classes or more, and {@code val} if it is there. */
    static ClassFolders forTraining(Path directory) {
        List<String> classes = trainingClasses(directory);
        ImageFiles training = list(directory, "train", classes, classes);
        Path val = directory.resolve("val");
        if (Files.notExists(val)) {
            return new ClassFolders(classes, training, ImageFiles.none(directory));
        }
        return new ClassFolders(classes, training, validation(directory, classes, "train"));
    }

    /** The classes of {@code train}, two or more; nothing in them is looked at. */
    static List<String> trainingClasses(Path directory) {
        requireDirectory(directory, directory, "a folder with train and val", LAYOUT);
        Path train = directory.resolve("train");
        requireDirectory(train, directory, "a folder train with one folder per class", LAYOUT);
        List<String> classes = classNames(train);
        if (classes.size() < 2) {
            throw invalid(
                    train + " has too few class folders",
                    classes.isEmpty() ? "none" : "only " + classes.get(0),
                    "two or more",
                    LAYOUT);
        }
        return classes;
    }

    /** Lists only the {@code val} of a folder, whose classes must be among {@code classes}. */
    static ClassFolders forEvaluation(Path directory, List<String> classes) {
        requireDirectory(directory, directory, "a folder with val", LAYOUT);
        ImageFiles nothing = ImageFiles.none(directory);
        return new ClassFolders(List.copyOf(classes), nothing, validation(directory, classes, "the trained model"));
    }

    private static ImageFiles validation(Path directory, List<String> classes, String origin) {
        Path val = directory.resolve("val");
        requireDirectory(val, directory, "a folder val with one folder per class", LAYOUT);
        List<String> present = classNames(val);
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
        ImageFiles.Builder files = new ImageFiles.Builder(directory);
        for (String folder : folders) {
            Path path = directory.resolve(set).resolve(folder);
            int label = classes.indexOf(folder);
            int before = files.size();
            if (Files.isDirectory(path)) {
                for (String name : names(path, Files::isRegularFile)) {
                    files.add(set + "/" + folder + "/" + name, label);
                }
            } else {
                path = directory.resolve(set).resolve(folder + TAR);
                int container = files.container(path);
                TarListing.list(path, (name, offset, length) -> {
                    if (!TarListing.baseName(name).startsWith(".")) {
                        files.add(set + "/" + folder + "/" + name, label, container, offset, length);
                    }
                });
            }
            if (files.size() == before) {
                throw invalid(
                        "class " + folder + " of " + set + " is empty",
                        "no files in " + path,
                        "one image or more",
                        "Add images, or remove the folder");
            }
        }
        return files.build();
    }

    /** The sorted names of the class folders, and of the tars that stand for one. */
    private static List<String> classNames(Path directory) {
        SortedSet<String> found = new TreeSet<>(names(directory, Files::isDirectory));
        for (String tar : names(
                directory, path -> Files.isRegularFile(path) && path.toString().endsWith(TAR))) {
            String name = tar.substring(0, tar.length() - TAR.length());
            if (!found.add(name)) {
                throw invalid(
                        "a class of " + directory + " is both a folder and a tar", name, "one of them", "Remove one");
            }
        }
        return List.copyOf(found);
    }

    /** These files as a source; words come from a {@code synset_words.txt}, where there is one. */
    ImageSource source(Path directory) {
        Map<String, String> words = synsetWords(directory.resolve("synset_words.txt"));
        List<ImageClass> described = classes.stream()
                .map(name -> new ImageClass(name, words.getOrDefault(name, name), OptionalInt.empty()))
                .toList();
        Map<Split, ImageFiles> splits = Map.of(Split.TRAIN, training, Split.VALIDATION, validation);
        return new ImageSource("class folders", described, splits, Optional.empty());
    }

    /** Lines of a wnid, a space and words, as Caffe and Kaggle distribute them. */
    private static Map<String, String> synsetWords(Path file) {
        Map<String, String> words = new HashMap<>();
        if (Files.isRegularFile(file)) {
            try (Stream<String> lines = Files.lines(file)) {
                lines.filter(line -> line.indexOf(' ') > 0).forEach(line -> {
                    int space = line.indexOf(' ');
                    words.put(
                            line.substring(0, space), line.substring(space + 1).strip());
                });
            } catch (IOException | UncheckedIOException e) {
                throw TandemException.failure(
                        ErrorCode.INVALID_DATA, OPERATION, file + " cannot be read: " + e, "Repair or remove it", e);
            }
        }
        return words;
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

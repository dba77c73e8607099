package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The layout {@code DIR/train/CLASS/FILE} and {@code DIR/val/CLASS/FILE}, or {@code DIR/CLASS/FILE} alone, in which
 * {@code CLASS.tar} may stand for the folder {@code CLASS}. Classes are the sorted names of the class folders and a
 * label is an index into them. {@link FolderKind} has the names that the parts may have.
 */
public final class ClassFolders {
    /** The file with the words of classes, if there is one. */
    static final String SYNSET_WORDS = "synset_words.txt";

    private static final String LAYOUT =
            "Arrange the images as DIR/train/CLASS/FILE and DIR/val/CLASS/FILE, or as DIR/CLASS/FILE";

    private final Path directory;
    private final Findings findings;

    public ClassFolders(Path directory, Findings findings) {
        this.directory = directory;
        this.findings = findings;
    }

    /** Whether a folder has folders of classes, or of sets of them, other than {@code besides}. */
    public static boolean areIn(Path directory, Set<String> besides) {
        ClassFolders folders = new ClassFolders(directory, new Findings());
        return Stream.of(FolderKind.values())
                        .anyMatch(kind -> !folders.ofKind(kind).isEmpty())
                || folders.tree(directory).classes().stream()
                                .filter(name -> !besides.contains(name))
                                .count()
                        > 1;
    }

    /** The classes to train on, two or more; nothing in them is looked at. */
    public List<String> trainingClasses() {
        return trainingClasses(training());
    }

    private List<String> trainingClasses(ClassTree tree) {
        List<String> classes = tree.classes().stream()
                .filter(name -> !isBare(tree) || !isOtherSet(name))
                .toList();
        if (classes.size() < 2) {
            throw ClassTree.invalid(
                    tree.folder() + " has too few class folders",
                    classes.isEmpty() ? "none" : "only " + EscapedText.visible(classes.get(0)),
                    "two or more",
                    LAYOUT);
        }
        return classes;
    }

    private boolean isBare(ClassTree tree) {
        return tree.folder().equals(directory);
    }

    /** Whether a folder beside class folders is no class, but a set of them. */
    private boolean isOtherSet(String name) {
        Path folder = directory.resolve(name);
        return FolderKind.of(name).isPresent()
                && Files.isDirectory(folder)
                && !new ClassTree(folder, directory, findings).classes().isEmpty();
    }

    /** The folder of the classes to train on: {@code train}, or the data folder itself if it has class folders. */
    private ClassTree training() {
        requireDirectory(directory, "a folder of images");
        Optional<Path> train = one(FolderKind.TRAIN);
        if (train.isPresent()) {
            return tree(train.get());
        }
        ClassTree bare = new ClassTree(directory, directory, findings);
        if (bare.classes().stream().filter(name -> !isOtherSet(name)).count() < 2) {
            Path absent = directory.resolve(FolderKind.TRAIN.names().get(0));
            throw ClassTree.invalid(
                    absent + " is no folder",
                    Files.exists(absent)
                            ? "a file"
                            : besides().map(seen -> "only " + seen).orElse("nothing"),
                    "a folder train with one folder per class, or two or more class folders",
                    wrapped().map(inner -> "Pass " + inner).orElse(LAYOUT));
        }
        return bare;
    }

    private ClassTree tree(Path folder) {
        return new ClassTree(folder, directory, findings);
    }

    /** The folders of a kind. */
    private List<Path> ofKind(FolderKind kind) {
        return ClassTree.entries(directory).stream()
                .filter(entry -> FolderKind.of(entry.getFileName().toString())
                        .filter(kind::equals)
                        .isPresent())
                .filter(Files::isDirectory)
                .toList();
    }

    /** The folder of a kind, if there is one; two are an error, as the user has to choose. */
    private Optional<Path> one(FolderKind kind) {
        List<Path> found = ofKind(kind);
        if (found.size() > 1) {
            String names = String.join(
                    ", ",
                    found.stream().map(path -> path.getFileName().toString()).toList());
            throw ClassTree.invalid(
                    directory + " has several folders to " + (kind == FolderKind.TRAIN ? "train" : "evaluate") + " on",
                    names,
                    "one of them",
                    kind == FolderKind.TRAIN
                            ? "Keep one, or join them"
                            : "Choose with --val DIR, such as --val " + found.get(0));
        }
        return found.stream().findFirst();
    }

    /**
     * Lists a folder to train on.
     *
     * @param test whether images to test on are listed too, if there are any besides those to validate on
     */
    public ImageListing forTraining(FolderOptions options, boolean test) {
        ClassTree tree = training();
        List<String> classes = trainingClasses(tree);
        tree.noteTwins(classes);
        tree.countLoose();
        Map<Split, ImageFiles> splits = new HashMap<>();
        splits.put(Split.TRAIN, tree.list(Split.TRAIN, classes, labels(classes)));
        boolean chosen = options.validationFolder().isPresent()
                || options.split().isPresent()
                || options.validation() == FolderOptions.Validation.NONE;
        Optional<Path> validation = chosen ? Optional.empty() : validationFolder();
        validation.ifPresent(folder -> splits.put(
                Split.VALIDATION, new LabelledFolder(tree(folder), Split.VALIDATION, findings).list(classes, "train")));
        if (test) {
            testBesides(validation, classes).ifPresent(files -> splits.put(Split.TEST, files));
        }
        noteUnused(tree, validation);
        boolean splitByDefault = isBare(tree) && !chosen && validation.isEmpty();
        ImageListing listing = new ImageListing("class folders", described(classes), splits, findings);
        return splitByDefault ? listing.withDefaultSplit() : listing;
    }

    /** The images to test on that are not validated on; those without labels are none. */
    private Optional<ImageFiles> testBesides(Optional<Path> validation, List<String> classes) {
        Optional<Path> folder = one(FolderKind.TEST).filter(found -> !validation.equals(Optional.of(found)));
        if (folder.isEmpty() || !classes.containsAll(tree(folder.get()).classes())) {
            return Optional.empty();
        }
        return hasClasses(folder.get())
                ? Optional.of(new LabelledFolder(tree(folder.get()), Split.TEST, findings).list(classes, "train"))
                : Optional.empty();
    }

    private boolean hasClasses(Path folder) {
        return !tree(folder).classes().isEmpty();
    }

    /** The folder to validate on: that of the validation names, or of the test names if there is none. */
    private Optional<Path> validationFolder() {
        Optional<Path> named = one(FolderKind.VALIDATION);
        Optional<Path> test = one(FolderKind.TEST);
        if (named.isPresent()) {
            String name = named.get().getFileName().toString();
            if (!name.equals(FolderKind.VALIDATION.names().get(0))) {
                findings.note("Validation images are taken from the folder " + name);
            }
            test.ifPresent(
                    folder -> findings.note("The folder " + folder.getFileName() + " is left for evaluate --test"));
            return named;
        }
        if (test.isPresent() && !hasClasses(test.get())) {
            findings.note("The folder " + test.get().getFileName()
                    + " is not used: it has no class folders, so that its images have no labels");
            return Optional.empty();
        }
        test.ifPresent(folder -> findings.note(
                "Validation images are taken from the folder " + folder.getFileName() + ", as there is no folder val"));
        return test;
    }

    /** Notes which folders of the data folder are not used, unless they were mentioned before. */
    private void noteUnused(ClassTree tree, Optional<Path> validation) {
        List<String> unused = isBare(tree)
                ? List.of()
                : ClassTree.entries(directory).stream()
                        .filter(Files::isDirectory)
                        .filter(entry -> !entry.equals(tree.folder()) && !validation.equals(Optional.of(entry)))
                        .map(entry -> entry.getFileName().toString())
                        .filter(name -> !name.startsWith(".") && !Debris.isFolder(name))
                        .filter(name -> FolderKind.of(name).orElse(null) != FolderKind.TEST)
                        .map(EscapedText::visible)
                        .toList();
        if (!unused.isEmpty()) {
            findings.note("Folders beside " + tree.name() + " that are not used: " + String.join(", ", unused));
        }
    }

    /**
     * Lists a set to evaluate a model of {@code classes} on: {@code val}, {@code test}, or all of a folder of classes.
     */
    public ImageListing forEvaluation(List<String> classes, Split split) {
        requireDirectory(directory, "a folder of images");
        Optional<Path> folder = split == Split.TEST ? one(FolderKind.TEST) : validationFolder();
        if (folder.isEmpty() && (split == Split.TEST || one(FolderKind.TRAIN).isPresent())) {
            throw ClassTree.invalid(
                    directory + " has no images to " + (split == Split.TEST ? "test" : "evaluate") + " on",
                    besides().map(seen -> "only " + seen).orElse("nothing"),
                    split == Split.TEST ? "a folder test with class folders" : "a folder val with class folders",
                    "Pass a folder of classes with --data DIR, which is evaluated whole");
        }
        ClassTree tree = folder.map(this::tree).orElseGet(() -> new ClassTree(directory, directory, findings));
        if (folder.isEmpty()) {
            findings.note("All images of the class folders in " + directory + " are evaluated");
        }
        ImageFiles files = new LabelledFolder(tree, split, findings).list(classes, "the trained model");
        return new ImageListing("class folders", described(classes), Map.of(Split.VALIDATION, files), findings);
    }

    private static int[] labels(List<String> classes) {
        return IntStream.range(0, classes.size()).toArray();
    }

    /** The classes with words from a {@code synset_words.txt}, if there is one. */
    private List<ImageClass> described(List<String> classes) {
        Map<String, String> words = synsetWords(directory.resolve(SYNSET_WORDS));
        return classes.stream()
                .map(name -> new ImageClass(name, words.getOrDefault(name, name), OptionalInt.empty()))
                .toList();
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
                        ErrorCode.INVALID_DATA,
                        ClassTree.OPERATION,
                        file + " cannot be read: " + e,
                        "Repair " + file.getFileName() + ", or remove it: words are optional",
                        e);
            }
        }
        return words;
    }

    private void requireDirectory(Path path, String expected) {
        if (!Files.isDirectory(path)) {
            throw ClassTree.invalid(
                    path + " is no folder", Files.exists(path) ? "a file" : "nothing", expected, LAYOUT);
        }
    }

    /** What the folder does have, so that a wrong path is seen at once. */
    private Optional<String> besides() {
        List<String> seen = ClassTree.entries(directory).stream()
                .map(entry -> entry.getFileName().toString())
                .filter(name -> !name.startsWith("."))
                .map(EscapedText::visible)
                .toList();
        String some = String.join(", ", seen.subList(0, Math.min(5, seen.size())));
        return seen.isEmpty() ? Optional.empty() : Optional.of(seen.size() > 5 ? some + ", ..." : some);
    }

    /** A folder in this one that has {@code train} in it: what unpacking an archive often leaves. */
    private Optional<Path> wrapped() {
        return ClassTree.entries(directory).stream()
                .filter(Files::isDirectory)
                .filter(inner -> !inner.getFileName().toString().startsWith("."))
                .filter(inner -> Files.isReadable(inner)
                        && !new ClassFolders(inner, findings)
                                .ofKind(FolderKind.TRAIN)
                                .isEmpty())
                .findFirst();
    }
}

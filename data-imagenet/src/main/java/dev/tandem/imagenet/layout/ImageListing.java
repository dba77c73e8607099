package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a data folder holds, listed but not yet decoded: classes, and for each split encoded images with a name and a
 * label.
 */
public final class ImageListing {
    private final String kind;
    private final List<ImageClass> classes;
    private final Map<Split, ImageFiles> splits;
    private final Optional<Path> shards;
    private final Findings findings;
    private final OptionalDouble share;
    private final boolean asPacked;

    /** Images that lie in files or archives. */
    public ImageListing(String kind, List<ImageClass> classes, Map<Split, ImageFiles> splits, Findings findings) {
        this(kind, classes, splits, Optional.empty(), findings, OptionalDouble.empty(), true);
    }

    private ImageListing(
            String kind,
            List<ImageClass> classes,
            Map<Split, ImageFiles> splits,
            Optional<Path> shards,
            Findings findings,
            OptionalDouble share,
            boolean asPacked) {
        this.kind = kind;
        this.classes = List.copyOf(classes);
        this.splits = new EnumMap<>(Split.class);
        this.splits.putAll(splits);
        this.shards = shards;
        this.findings = findings;
        this.share = share;
        this.asPacked = asPacked;
    }

    /** The images of a folder of shards. */
    public static ImageListing ofShards(
            Path directory, String kind, List<ImageClass> classes, Map<Split, ImageFiles> splits) {
        return new ImageListing(
                kind, classes, splits, Optional.of(directory), new Findings(), OptionalDouble.empty(), true);
    }

    /** Classes with names only, in the order of their labels. */
    public static List<ImageClass> named(List<String> classNames) {
        return classNames.stream()
                .map(name -> new ImageClass(name, name, OptionalInt.empty()))
                .toList();
    }

    /**
     * The same with the images to validate on that are chosen.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when there are none though they are required
     */
    public ImageListing choose(Path directory, FolderOptions options) {
        Map<Split, ImageFiles> chosen = new EnumMap<>(splits);
        OptionalDouble part = options.split().isPresent() ? options.split() : share;
        if (options.validationFolder().isPresent()) {
            Path folder = options.validationFolder().get();
            findings.note("Validation images are taken from " + folder);
            chosen.put(
                    Split.VALIDATION,
                    LabelledFolder.at(folder, Split.VALIDATION, findings).list(classNames(), "train"));
        } else if (options.validation() == FolderOptions.Validation.NONE) {
            findings.note("No validation, as asked for");
            chosen.remove(Split.VALIDATION);
            part = OptionalDouble.empty();
        } else if (part.isPresent()) {
            HeldOut heldOut = HeldOut.of(files(Split.TRAIN), classes.size(), part.getAsDouble(), options.seed());
            chosen.put(Split.TRAIN, heldOut.training());
            chosen.put(Split.VALIDATION, heldOut.validation());
            findings.note(String.format(
                    Locale.ROOT,
                    "%s: %,d of %,d images are split off to validate on (%s of each class, seed %d)",
                    share.isPresent() ? "No folders train and val" : "Validation",
                    heldOut.validation().size(),
                    size(Split.TRAIN),
                    part.getAsDouble(),
                    options.seed()));
        }
        boolean same = chosen.equals(splits);
        ImageListing listing = new ImageListing(kind, classes, chosen, shards, findings, part, same);
        if (options.validation() == FolderOptions.Validation.REQUIRED && listing.size(Split.VALIDATION) == 0) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "data folder " + directory,
                    "no images to validate on",
                    kind + " without val, valid, validation, dev or test" + findings.remark(),
                    "a folder val beside train, with one folder per class",
                    "Name a folder of classes with --val DIR, split some off with --split 0.2, or train without with"
                            + " --no-validation");
        }
        return listing;
    }

    /** The same, of which a share is to be split off unless something else is chosen. */
    ImageListing withDefaultSplit() {
        return new ImageListing(
                kind, classes, splits, shards, findings, OptionalDouble.of(FolderOptions.DEFAULT_SPLIT), true);
    }

    /** Only {@code images} of these, to validate on, labelled by their places in {@code classNames}. */
    public ImageListing toEvaluate(List<String> classNames, ImageFiles images) {
        return new ImageListing(
                kind, named(classNames), Map.of(Split.VALIDATION, images), shards, findings, share, false);
    }

    /** What it is, for people: {@code ILSVRC2012 archives}, {@code class folders} or {@code shards of ...}. */
    public String kind() {
        return kind;
    }

    /** The classes in the order of their labels. */
    public List<ImageClass> classes() {
        return classes;
    }

    /** The names of the classes in the order of their labels. */
    public List<String> classNames() {
        return classes.stream().map(ImageClass::name).toList();
    }

    /** How many images of a split are listed; some may turn out not to be usable. */
    public int size(Split split) {
        return files(split).size();
    }

    /** The name of image {@code index} of a split, for people. */
    public String name(Split split, int index) {
        return files(split).name(index);
    }

    /** The label of image {@code index} of a split. */
    public int label(Split split, int index) {
        return files(split).label(index);
    }

    /** What was found besides images, was chosen or is left out: a line each, for people. */
    public List<String> notes() {
        return findings.lines();
    }

    /** The files of a split that cannot be opened by their names. */
    public List<BadFile> badNames(Split split) {
        return findings.badNames(split);
    }

    /** Whether the sets are those of the layout: nothing was split off, replaced or left out by choice. */
    public boolean isAsPacked() {
        return asPacked;
    }

    /** The share of the training images that is split off to validate on. */
    public OptionalDouble share() {
        return share;
    }

    /** The images of a split. */
    public ImageFiles files(Split split) {
        return splits.getOrDefault(split, ImageFiles.none(Path.of("")));
    }

    /** The folder of the shards that hold the images, if shards do. */
    public Optional<Path> shards() {
        return shards;
    }
}

package dev.tandem.imagenet;

import dev.tandem.imagenet.layout.BadFile;
import dev.tandem.imagenet.layout.ClassFolders;
import dev.tandem.imagenet.layout.Findings;
import dev.tandem.imagenet.layout.HeldOut;
import dev.tandem.imagenet.layout.Ilsvrc;
import dev.tandem.imagenet.layout.ImageClass;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.LabelledFolder;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.layout.archive.OfficialFiles;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What a data folder holds, listed but not yet decoded: classes, and for each split encoded images with a name and a
 * label. One of four layouts, told by what lies in the folder:
 *
 * <ul>
 *   <li>shards that {@link Packer} wrote: {@code manifest.json};
 *   <li>the official ILSVRC archives of 2010 or 2012 under their own names, read in place;
 *   <li>class folders {@code train/CLASS/FILE} and {@code val/CLASS/FILE}, or {@code CLASS/FILE} alone, of which a fifth
 *       is split off to validate on; {@code valid}, {@code validation}, {@code dev} and, if there is none of these, {@code
 *       test} and {@code testing} stand for {@code val}, in any case;
 *   <li>folders of tars {@code train/CLASS.tar} and {@code val/CLASS.tar}, read in place, or a mixture.
 * </ul>
 */
public final class ImageSource {
    private static final Pattern WNID = Pattern.compile("n\\d{8}");

    private final String kind;
    private final List<ImageClass> classes;
    private final Map<Split, ImageFiles> splits;
    private final Optional<Shards> shards;
    private final Findings findings;
    private final OptionalDouble share;
    private final boolean asPacked;

    public ImageSource(
            String kind,
            List<ImageClass> classes,
            Map<Split, ImageFiles> splits,
            Optional<Shards> shards,
            Findings findings) {
        this(kind, classes, splits, shards, findings, OptionalDouble.empty(), true);
    }

    private ImageSource(
            String kind,
            List<ImageClass> classes,
            Map<Split, ImageFiles> splits,
            Optional<Shards> shards,
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

    /** Lists a folder of any layout; a folder without images to validate on is no error. */
    public static ImageSource open(Path directory, ScanProgress progress) {
        return open(directory, FolderOptions.defaults().withValidation(FolderOptions.Validation.IF_PRESENT), progress);
    }

    /**
     * Lists a folder of any layout.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when it has none of the layouts, something in it is
     *     damaged, missing or dangerous, there are several folders to validate on and none is chosen, or there is none and
     *     one is required
     */
    public static ImageSource open(Path directory, FolderOptions options, ScanProgress progress) {
        return listed(directory, options, true, progress);
    }

    /** As {@link #open(Path, FolderOptions, ScanProgress)}, with images to test on only if it takes no time. */
    static ImageSource openForTraining(Path directory, FolderOptions options, ScanProgress progress) {
        return listed(directory, options, false, progress);
    }

    private static ImageSource listed(Path directory, FolderOptions options, boolean test, ScanProgress progress) {
        ImageSource source = Shards.areIn(directory)
                ? Shards.open(directory).source()
                : Ilsvrc.in(directory)
                        .map(archives -> archives.list(progress))
                        .orElseGet(() -> new ClassFolders(directory, new Findings()).forTraining(options, test));
        return source.choose(directory, options);
    }

    /** The same with the images to validate on that are chosen. */
    private ImageSource choose(Path directory, FolderOptions options) {
        Map<Split, ImageFiles> chosen = new EnumMap<>(splits);
        OptionalDouble part = options.split().isPresent() ? options.split() : share;
        if (options.validationFolder().isPresent()) {
            Path folder = options.validationFolder().get();
            findings.say("Validation images are taken from " + folder);
            chosen.put(
                    Split.VALIDATION,
                    LabelledFolder.at(folder, Split.VALIDATION, findings).list(classNames(), "train"));
        } else if (options.validation() == FolderOptions.Validation.NONE) {
            findings.say("No validation, as asked for");
            chosen.remove(Split.VALIDATION);
            part = OptionalDouble.empty();
        } else if (part.isPresent()) {
            HeldOut heldOut = HeldOut.of(files(Split.TRAIN), classes.size(), part.getAsDouble(), options.seed());
            chosen.put(Split.TRAIN, heldOut.training());
            chosen.put(Split.VALIDATION, heldOut.validation());
            findings.say(String.format(
                    Locale.ROOT,
                    "%s: %,d of %,d images are split off to validate on (%s of each class, seed %d)",
                    share.isPresent() ? "No folders train and val" : "Validation",
                    heldOut.validation().size(),
                    size(Split.TRAIN),
                    part.getAsDouble(),
                    options.seed()));
        }
        boolean same = chosen.equals(splits);
        ImageSource source = new ImageSource(kind, classes, chosen, shards, findings, part, same);
        if (options.validation() == FolderOptions.Validation.REQUIRED && source.size(Split.VALIDATION) == 0) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "data folder " + directory,
                    "no images to validate on",
                    kind + " without val, valid, validation, dev or test" + findings.remark(),
                    "a folder val beside train, with one folder per class",
                    "Name a folder of classes with --val DIR, split some off with --split 0.2, or train without with"
                            + " --no-validation");
        }
        return source;
    }

    /** The same, of which a share is to be split off unless something else is chosen. */
    public ImageSource withDefaultSplit() {
        return new ImageSource(
                kind, classes, splits, shards, findings, OptionalDouble.of(FolderOptions.DEFAULT_SPLIT), true);
    }

    /**
     * How many classes a folder of any layout has, at once: no image is listed.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) as {@link #open}, for what says so before the images
     */
    public static int countClasses(Path directory) {
        if (Shards.areIn(directory)) {
            return Shards.open(directory).manifest().classes().size();
        }
        return Ilsvrc.in(directory)
                .map(Ilsvrc::classes)
                .map(List::size)
                .orElseGet(() -> new ClassFolders(directory, new Findings())
                        .trainingClasses()
                        .size());
    }

    /**
     * Lists what a trained model can be evaluated on, labelled as the model labels: the split-off part if {@code options}
     * have a split, their validation folder if they name one, or the folder's own images to validate or to test on; all
     * of a folder of classes. What is evaluated becomes the split {@link Split#VALIDATION}.
     *
     * @param classNames the classes of the trained model, in the order of its labels
     * @param split validation or test
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) as {@link #open}, or when there are images of a class that the
     *     model does not know
     */
    static ImageSource openForEvaluation(
            Path directory, List<String> classNames, Split split, FolderOptions options, ScanProgress progress) {
        FolderOptions lenient = options.validation() == FolderOptions.Validation.NONE
                ? options.withoutChoice()
                : options.withValidation(FolderOptions.Validation.IF_PRESENT);
        boolean classFolders = !Shards.areIn(directory) && Ilsvrc.in(directory).isEmpty();
        if (split == Split.VALIDATION && options.validationFolder().isPresent()) {
            Findings findings = new Findings();
            Path folder = options.validationFolder().get();
            findings.say("Images are taken from " + folder);
            ImageFiles files = LabelledFolder.at(folder, split, findings).list(classNames, "the trained model");
            return new ImageSource(
                    "class folders", named(classNames), Map.of(split, files), Optional.empty(), findings);
        }
        if (classFolders && (split == Split.TEST || options.split().isEmpty())) {
            return new ClassFolders(directory, new Findings()).forEvaluation(classNames, split);
        }
        ImageSource source = open(directory, split == Split.TEST ? lenient.withoutChoice() : lenient, progress);
        ImageFiles images = source.files(split);
        if (images.size() == 0) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "data folder " + directory,
                    "no images to evaluate on",
                    source.kind() + " without " + split.folder(),
                    "one image or more",
                    "Pass a folder of classes with --data DIR, which is evaluated whole");
        }
        Map<String, Integer> known = new HashMap<>();
        for (int label = 0; label < classNames.size(); label++) {
            known.put(classNames.get(label), label);
        }
        int[] labelOf = source.classNames().stream()
                .mapToInt(name -> known.getOrDefault(name, -1))
                .toArray();
        for (int i = 0; i < images.size(); i++) {
            if (labelOf[images.label(i)] < 0) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "data folder " + directory,
                        "a class of " + split.folder() + " is unknown to the trained model",
                        source.classNames().get(images.label(i)),
                        "one of its " + classNames.size() + " classes",
                        "Evaluate on data with the classes it was trained on");
            }
        }
        Map<Split, ImageFiles> splits = Map.of(Split.VALIDATION, images.relabelled(labelOf));
        return new ImageSource(
                source.kind(), named(classNames), splits, source.shards(), source.findings, source.share, false);
    }

    private static List<ImageClass> named(List<String> classNames) {
        return classNames.stream()
                .map(name -> new ImageClass(name, name, OptionalInt.empty()))
                .toList();
    }

    /**
     * Compares the official archives in a folder with their published MD5 sums; files without one, such as those of 2010,
     * pass.
     *
     * @param progress hears of each file, in megabytes
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) at the first that differs
     */
    public static void requirePublishedChecksums(Path directory, ScanProgress progress) {
        for (Path file : Ilsvrc.in(directory).map(Ilsvrc::files).orElse(List.of())) {
            String name = file.getFileName().toString();
            int total = (int) (file.toFile().length() >> 20);
            OfficialFiles.requirePublishedMd5(file, read -> progress.checked(name, (int) (read >> 20), total));
        }
    }

    /**
     * {@code wanted} with a decision about orientation, where it has none. ImageNet's own images are taken as they are
     * stored, as is the custom with them and as published results were measured: that is a source whose classes all have
     * names of a letter n and eight digits. Shards were decided on when they were packed. All others are turned upright.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when shards were packed without turning photographs that are
     *     wanted upright
     */
    public ImageOptions decided(ImageOptions wanted, Path directory) {
        boolean stored =
                classes.stream().allMatch(known -> WNID.matcher(known.name()).matches());
        if (shards.isPresent()) {
            boolean applied = shards.get().manifest().options().applyOrientation();
            boolean turned =
                    Arrays.stream(Split.values()).anyMatch(split -> shards.get().turned(split) > 0);
            if (turned && !applied && wanted.turnsUpright()) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "data folder " + directory,
                        "its photographs were packed as they are stored",
                        "tandem.images.orientation = apply",
                        "ignore",
                        "Pack them again with --orientation apply");
            }
            stored = turned ? !applied : stored && !applied;
        }
        Orientation byData = stored ? Orientation.IGNORE : Orientation.APPLY;
        return wanted.with(wanted.orientation().orElse(byData));
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

    /** The shards it was opened from, if it was. */
    public Optional<Shards> shards() {
        return shards;
    }
}

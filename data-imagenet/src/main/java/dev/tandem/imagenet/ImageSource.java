package dev.tandem.imagenet;

import dev.tandem.imagenet.ImageOptions.Orientation;
import dev.tandem.imagenet.archive.OfficialFiles;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What a data folder holds, listed but not yet decoded: classes, and for each split encoded images with a name and a
 * label. One of four layouts, told by what lies in the folder:
 *
 * <ul>
 *   <li>shards that {@link Packer} wrote: {@code manifest.json};
 *   <li>the official ILSVRC archives of 2010 or 2012 under their own names, read in place;
 *   <li>class folders {@code train/CLASS/FILE} and {@code val/CLASS/FILE};
 *   <li>folders of tars {@code train/CLASS.tar} and {@code val/CLASS.tar}, read in place, or a mixture.
 * </ul>
 */
public final class ImageSource {
    private static final Pattern WNID = Pattern.compile("n\\d{8}");

    private final String kind;
    private final List<ImageClass> classes;
    private final Map<Split, ImageFiles> splits;
    private final Optional<Shards> shards;

    ImageSource(String kind, List<ImageClass> classes, Map<Split, ImageFiles> splits, Optional<Shards> shards) {
        this.kind = kind;
        this.classes = List.copyOf(classes);
        this.splits = new EnumMap<>(splits);
        this.shards = shards;
    }

    /**
     * Lists a folder of any layout.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when it has none of the layouts, or something in it is
     *     damaged, missing or dangerous
     */
    public static ImageSource open(Path directory, ScanProgress progress) {
        if (Shards.areIn(directory)) {
            return Shards.open(directory).source();
        }
        Optional<Ilsvrc> archives = Ilsvrc.in(directory);
        if (archives.isPresent()) {
            return archives.get().list(progress);
        }
        return ClassFolders.forTraining(directory).source(directory);
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
                .orElseGet(() -> ClassFolders.trainingClasses(directory).size());
    }

    /**
     * Lists what a trained model can be evaluated on: the {@code val} of a folder, labelled as the model labels.
     *
     * @param classNames the classes of the trained model, in the order of its labels
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) as {@link #open}, or when there are images of a class that the
     *     model does not know
     */
    static ImageSource openForEvaluation(Path directory, List<String> classNames, ScanProgress progress) {
        if (!Shards.areIn(directory) && Ilsvrc.in(directory).isEmpty()) {
            return ClassFolders.forEvaluation(directory, classNames).source(directory);
        }
        ImageSource source = open(directory, progress);
        ImageFiles images = source.files(Split.VALIDATION);
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
                        "a class of val is unknown to the trained model",
                        source.classNames().get(images.label(i)),
                        "one of its " + classNames.size() + " classes",
                        "Evaluate on data with the classes it was trained on");
            }
        }
        List<ImageClass> classes = classNames.stream()
                .map(name -> new ImageClass(name, name, OptionalInt.empty()))
                .toList();
        Map<Split, ImageFiles> splits = Map.of(Split.VALIDATION, images.relabelled(labelOf));
        return new ImageSource(source.kind(), classes, splits, source.shards());
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

    /** The images of a split. */
    ImageFiles files(Split split) {
        return splits.getOrDefault(split, ImageFiles.none(Path.of("")));
    }

    /** The shards it was opened from, if it was. */
    Optional<Shards> shards() {
        return shards;
    }
}

package dev.tandem.imagenet;

import dev.tandem.imagenet.layout.ClassFolders;
import dev.tandem.imagenet.layout.Findings;
import dev.tandem.imagenet.layout.Ilsvrc;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.LabelledFolder;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.layout.archive.OfficialFiles;
import dev.tandem.imagenet.layout.cifar.Cifar;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.imagenet.shard.Packer;
import dev.tandem.imagenet.shard.Shards;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Lists the images of a data folder as an {@link ImageListing}. The folder has one of five layouts, which is found by
 * what lies in it:
 *
 * <ul>
 *   <li>shards that {@link Packer} wrote: {@code manifest.json};
 *   <li>the official ILSVRC archives of 2010 or 2012 under their own names, read in place;
 *   <li>the original files of CIFAR-10 or CIFAR-100, of the binary or the Python version, unpacked or as they were
 *       downloaded: the test images are validated on, as nothing else is;
 *   <li>class folders {@code train/CLASS/FILE} and {@code val/CLASS/FILE}, or {@code CLASS/FILE} alone, of which a
 *       fifth is split off to validate on; {@code valid}, {@code validation}, {@code dev} and, if there is none of
 *       these, {@code test} and {@code testing} stand for {@code val}, in any case;
 *   <li>folders of tars {@code train/CLASS.tar} and {@code val/CLASS.tar}, read in place, or a mixture.
 * </ul>
 */
public final class ImageSource {
    private static final Pattern WNID = Pattern.compile("n\\d{8}");

    private ImageSource() {}

    /** Lists a folder of any layout; a folder without images to validate on is no error. */
    public static ImageListing open(Path directory, ScanProgress progress) {
        return open(directory, FolderOptions.defaults().withValidation(FolderOptions.Validation.IF_PRESENT), progress);
    }

    /**
     * Lists a folder of any layout.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when it has none of the layouts, something in it is
     *     damaged, missing or dangerous, there are several folders to validate on and none is chosen, or there is none
     *     and one is required
     */
    public static ImageListing open(Path directory, FolderOptions options, ScanProgress progress) {
        return listed(directory, options, true, progress);
    }

    /** As {@link #open(Path, FolderOptions, ScanProgress)}, with images to test on only if it takes no time. */
    static ImageListing openForTraining(Path directory, FolderOptions options, ScanProgress progress) {
        return listed(directory, options, false, progress);
    }

    private static ImageListing listed(Path directory, FolderOptions options, boolean test, ScanProgress progress) {
        ImageListing listing = Shards.areIn(directory)
                ? Shards.open(directory).listing()
                : Ilsvrc.in(directory)
                        .map(archives -> archives.list(progress))
                        .or(() -> Cifar.in(directory).map(files -> files.list(options, progress)))
                        .orElseGet(() -> new ClassFolders(directory, new Findings()).forTraining(options, test));
        return listing.choose(directory, options);
    }

    /**
     * How many classes a folder of any layout has, at once: no image is listed.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) as {@link #open}, but images are not looked at
     */
    public static int countClasses(Path directory) {
        if (Shards.areIn(directory)) {
            return Shards.open(directory).manifest().classes().size();
        }
        return Ilsvrc.in(directory)
                .map(Ilsvrc::classes)
                .map(List::size)
                .or(() -> Cifar.in(directory).map(Cifar::classes))
                .orElseGet(() -> new ClassFolders(directory, new Findings())
                        .trainingClasses()
                        .size());
    }

    /**
     * Lists what a trained model can be evaluated on, labelled as the model labels: the split-off part if {@code
     * options} have a split, their validation folder if they name one, or the folder's own images to validate or to
     * test on; all of a folder of classes. What is evaluated becomes the split {@link Split#VALIDATION}.
     *
     * @param classNames the classes of the trained model, in the order of its labels
     * @param split validation or test
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) as {@link #open}, or when there are images of a class
     *     that the model was not trained on
     */
    static ImageListing openForEvaluation(
            Path directory, List<String> classNames, Split split, FolderOptions options, ScanProgress progress) {
        FolderOptions lenient = options.validation() == FolderOptions.Validation.NONE
                ? options.withoutChoice()
                : options.withValidation(FolderOptions.Validation.IF_PRESENT);
        boolean archives = Shards.areIn(directory) || Ilsvrc.in(directory).isPresent();
        Optional<Cifar> cifar = archives ? Optional.empty() : Cifar.in(directory);
        // What is neither split off nor in a folder of its own are the test images, of these two layouts.
        boolean fromTest = split == Split.TEST || options.split().isEmpty();
        if (split == Split.VALIDATION && options.validationFolder().isPresent()) {
            Findings findings = new Findings();
            Path folder = options.validationFolder().get();
            findings.note("Images are taken from " + folder);
            ImageFiles files = LabelledFolder.at(folder, split, findings).list(classNames, "the trained model");
            return new ImageListing("class folders", ImageListing.named(classNames), Map.of(split, files), findings);
        }
        if (!archives && cifar.isEmpty() && fromTest) {
            return new ClassFolders(directory, new Findings()).forEvaluation(classNames, split);
        }
        ImageListing listing = cifar.filter(files -> fromTest)
                .map(files -> files.listTest(split, progress))
                .orElseGet(() -> open(directory, split == Split.TEST ? lenient.withoutChoice() : lenient, progress));
        ImageFiles images = listing.files(split);
        if (images.size() == 0) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "data folder " + directory,
                    "no images to evaluate on",
                    listing.kind() + " without " + split.folder(),
                    "one image or more",
                    "Pass a folder of classes with --data DIR, which is evaluated whole");
        }
        Map<String, Integer> known = new HashMap<>();
        for (int label = 0; label < classNames.size(); label++) {
            known.put(classNames.get(label), label);
        }
        int[] labelOf = listing.classNames().stream()
                .mapToInt(name -> known.getOrDefault(name, -1))
                .toArray();
        for (int i = 0; i < images.size(); i++) {
            if (labelOf[images.label(i)] < 0) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "data folder " + directory,
                        "a class of " + split.folder() + " is unknown to the trained model",
                        listing.classNames().get(images.label(i)),
                        "one of its " + classNames.size() + " classes",
                        "Evaluate on data with the classes it was trained on");
            }
        }
        return listing.toEvaluate(classNames, images.relabelled(labelOf));
    }

    /**
     * Compares the official archives in a folder with their published MD5 sums.
     *
     * @param progress receives the megabytes read of each file
     * @return the archives that were not compared, as no sum of theirs is known; so it is with those of 2010
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) at the first that differs;
     *     ({@link ErrorCode#INVALID_ARGUMENT}) when there are no official archives
     */
    public static List<String> requirePublishedChecksums(Path directory, ScanProgress progress) {
        List<Path> files = Ilsvrc.in(directory)
                .map(Ilsvrc::files)
                .or(() -> Cifar.in(directory).map(Cifar::files))
                .filter(found -> !found.isEmpty())
                .orElseThrow(() -> TandemException.argument(
                        "data folder " + directory,
                        "it has no sums to compare",
                        "no official archives",
                        "ILSVRC2012_img_train.tar and the others of its year, or an archive of CIFAR",
                        "Leave out the check of sums"));
        List<String> unknown = new ArrayList<>();
        for (Path file : files) {
            String name = file.getFileName().toString();
            int total = (int) (ImageFiles.length(file) >> 20);
            if (!OfficialFiles.hasPublishedMd5(file, read -> progress.checked(name, (int) (read >> 20), total))) {
                unknown.add(name);
            }
        }
        return unknown;
    }

    /**
     * {@code wanted} with a decision about orientation, if it has none. ImageNet's own images are taken as they are
     * stored, as published results were measured: these are sources whose classes all are named by a letter n and eight
     * digits. Shards keep what was decided when they were packed. All others are turned upright.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when shards were packed without turning photographs that
     *     are wanted upright
     */
    public static ImageOptions decided(ImageListing listing, ImageOptions wanted, Path directory) {
        boolean stored = listing.classes().stream()
                .allMatch(known -> WNID.matcher(known.name()).matches());
        Optional<Shards> shards = Shards.of(listing);
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

    /**
     * {@code wanted} with a decision about orientation, for a packing into {@code directory}: that of {@code images}; if
     * that has none, the data's, or that of what an earlier version packed so far.
     *
     * @param folder that {@code source} lists
     * @throws TandemException as {@link #decided}
     */
    public static PackOptions packOptions(
            ImageListing source, Path folder, Path directory, PackOptions wanted, ImageOptions images) {
        PackOptions stored = wanted.with(Orientation.IGNORE);
        return images.orientation().isEmpty() && Packer.holds(source, directory, stored, images)
                ? stored
                : stored.with(decided(source, images, folder).orientation().orElseThrow());
    }
}

package dev.tandem.imagenet.layout;

import dev.tandem.imagenet.layout.archive.Devkit;
import dev.tandem.imagenet.layout.archive.NestedTars;
import dev.tandem.imagenet.layout.archive.Synset;
import dev.tandem.imagenet.layout.archive.Synsets;
import dev.tandem.imagenet.layout.archive.TarListing;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The official archives of one year in one folder, under their published names. Images are matched by base name: the
 * folders inside the archives differ from copy to copy.
 *
 * <p>Labels are indices of the sorted wnids of all thousand classes, as torchvision, Keras and Caffe have them, not
 * ILSVRC ids. Ground truth lists ids by ascending file name; the archives have no order.
 */
public final class Ilsvrc {
    private static final Logger LOG = LoggerFactory.getLogger(Ilsvrc.class);

    private final Path directory;
    private final int year;

    private Ilsvrc(Path directory, int year) {
        this.directory = directory;
        this.year = year;
    }

    /**
     * The archives in a folder, if there are any.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when there are some of both years
     */
    public static Optional<Ilsvrc> in(Path directory) {
        Ilsvrc older = new Ilsvrc(directory, 2010);
        Ilsvrc newer = new Ilsvrc(directory, 2012);
        if (older.isHere() && newer.isHere()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "data folder " + directory,
                    "archives of two years lie together",
                    "ILSVRC2010 and ILSVRC2012",
                    "one of them",
                    "Move each year to a folder of its own");
        }
        return Stream.of(older, newer).filter(Ilsvrc::isHere).findFirst();
    }

    private boolean isHere() {
        return Files.isRegularFile(archive(Split.TRAIN)) || Files.isRegularFile(archive(Split.VALIDATION));
    }

    private Path archive(Split split) {
        String stem = year == 2010 ? "ILSVRC2010_images_" : "ILSVRC2012_img_";
        return directory.resolve(stem + split.folder() + ".tar");
    }

    private Path devkit() {
        String name = year == 2010 ? "ILSVRC2010_devkit-1.0" : "ILSVRC2012_devkit_t12";
        Path archive = directory.resolve(name + ".tar.gz");
        Path unpacked = directory.resolve(year == 2010 ? "devkit-1.0" : name);
        if (!Files.isRegularFile(archive) && !Files.isDirectory(unpacked)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "data folder " + directory,
                    "the development kit is missing",
                    "neither " + archive.getFileName() + " nor " + unpacked.getFileName(),
                    "one of them",
                    "Put the development kit of " + year + " beside the archives");
        }
        return Files.isRegularFile(archive) ? archive : unpacked;
    }

    /** The official files that are here. */
    public List<Path> files() {
        return Stream.of(archive(Split.TRAIN), archive(Split.VALIDATION), archive(Split.TEST), devkit())
                .filter(Files::isRegularFile)
                .toList();
    }

    /** Lists all images that have a label; the test images of 2012 have none. */
    public ImageListing list(ScanProgress progress) {
        Devkit kit = Devkit.read(devkit(), year);
        Map<Split, ImageFiles.Builder> builders = new EnumMap<>(Split.class);
        if (Files.isRegularFile(archive(Split.TRAIN))) {
            builders.put(Split.TRAIN, training(kit.synsets(), progress));
        }
        if (Files.isRegularFile(archive(Split.VALIDATION))) {
            List<Integer> truth = kit.validationTruth().orElseThrow(() -> noTruth("the development kit has none"));
            builders.put(Split.VALIDATION, flat(Split.VALIDATION, truth, kit.synsets(), progress));
        }
        Path testTruth = directory.resolve("ILSVRC" + year + "_test_ground_truth.txt");
        if (Files.isRegularFile(archive(Split.TEST)) && Files.isRegularFile(testTruth)) {
            builders.put(Split.TEST, flat(Split.TEST, Devkit.groundTruth(testTruth), kit.synsets(), progress));
        }
        patch(builders);
        Map<Split, ImageFiles> splits = new EnumMap<>(Split.class);
        builders.forEach((split, builder) -> splits.put(split, builder.buildSorted()));
        return new ImageListing("ILSVRC" + year + " archives", classes(kit), splits, new Findings());
    }

    /** The classes in the order of their labels; only the development kit is read. */
    public List<ImageClass> classes() {
        return classes(Devkit.read(devkit(), year));
    }

    private static List<ImageClass> classes(Devkit kit) {
        return kit.synsets().classes().stream().map(Ilsvrc::imageClass).toList();
    }

    private static ImageClass imageClass(Synset synset) {
        return new ImageClass(synset.wnid(), synset.words(), OptionalInt.of(synset.id()));
    }

    private ImageFiles.Builder training(Synsets synsets, ScanProgress progress) {
        Path archive = archive(Split.TRAIN);
        ImageFiles.Builder builder = new ImageFiles.Builder(directory);
        int container = builder.container(archive);
        int classes = synsets.classes().size();
        List<NestedTars.Nested> tars = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        TarListing.list(archive, (name, offset, length) -> {
            String base = TarListing.baseName(name);
            if (base.startsWith(".")) {
                return;
            }
            String wnid = base.endsWith(".tar") ? base.substring(0, base.length() - 4) : base;
            labels.add(synsets.label(wnid)
                    .orElseThrow(() -> TandemException.of(
                            ErrorCode.INVALID_DATA,
                            "archive " + archive,
                            "an entry is no class's archive",
                            name,
                            "WNID.tar, of a class in meta.mat",
                            "Use the training archive and the development kit of the same year")));
            tars.add(new NestedTars.Nested(name, offset, length));
        });
        int[] seen = {0};
        NestedTars.list(archive, tars, (tar, entries) -> {
            for (NestedTars.Nested entry : entries) {
                String image = TarListing.baseName(entry.name());
                if (!image.startsWith(".")) {
                    builder.add(image, labels.get(tar), container, entry.offset(), entry.length());
                }
            }
            progress.checked("listing of train", ++seen[0], classes);
        });
        return builder;
    }

    private ImageFiles.Builder flat(Split split, List<Integer> truth, Synsets synsets, ScanProgress progress) {
        Path archive = archive(split);
        ImageFiles.Builder builder = new ImageFiles.Builder(directory);
        int container = builder.container(archive);
        TarListing.list(archive, (name, offset, length) -> {
            String image = TarListing.baseName(name);
            if (!image.startsWith(".")) {
                builder.add(image, 0, container, offset, length);
                if (builder.size() % 1000 == 0) {
                    progress.checked("listing of " + split.folder(), builder.size(), truth.size());
                }
            }
        });
        if (builder.size() != truth.size()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "archive " + archive,
                    "its images and the ground truth differ in number",
                    builder.size() + " images",
                    truth.size() + " lines",
                    "Use the archive and the ground truth of the same year, both complete");
        }
        int[] order = builder.byName();
        for (int line = 0; line < order.length; line++) {
            int id = truth.get(line);
            builder.label(order[line], synsets.labelOfId(id).orElseThrow(() -> noTruth("no class has id " + id)));
        }
        progress.checked("listing of " + split.folder(), truth.size(), truth.size());
        return builder;
    }

    /** Puts the replacements for blank images of 2010 in their places. */
    private void patch(Map<Split, ImageFiles.Builder> builders) {
        Path patches = directory.resolve("patch_images.tar");
        if (year != 2010 || !Files.isRegularFile(patches)) {
            return;
        }
        Map<String, long[]> replacements = new HashMap<>();
        TarListing.list(
                patches, (name, at, length) -> replacements.put(TarListing.baseName(name), new long[] {at, length}));
        builders.forEach((split, builder) -> {
            int container = builder.container(patches);
            for (int i = 0; i < builder.size(); i++) {
                long[] place = replacements.remove(builder.name(i));
                if (place != null) {
                    builder.replace(i, container, place[0], place[1]);
                }
            }
        });
        if (!replacements.isEmpty()) {
            LOG.warn(
                    "{}: replaces images that are not here, such as {}",
                    patches,
                    replacements.keySet().iterator().next());
        }
    }

    private TandemException noTruth(String got) {
        return TandemException.of(
                ErrorCode.INVALID_DATA,
                "data folder " + directory,
                "the ground truth does not fit",
                got,
                "ILSVRC" + year + " ids of classes, one an image",
                "Use the official development kit of " + year);
    }
}

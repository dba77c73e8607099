package dev.tandem.imagenet.layout.cifar;

import dev.tandem.imagenet.layout.ClassFolders;
import dev.tandem.imagenet.layout.Findings;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.FolderOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The original files of CIFAR-10 or CIFAR-100 in one version, in a folder, in the folder of it that the archive is
 * unpacked to, or in the archive as it was downloaded. Images are read where they lie; an archive, which is gzipped, is
 * unpacked once into the user's cache folder.
 *
 * <p>Labels and classes are those of the files, of CIFAR-100 the fine ones. An image is called {@code
 * SET/CLASS/BATCH-ROW}, the same in every version.
 */
public final class Cifar {
    private final Path place;
    private final Version version;

    private Cifar(Path place, Version version) {
        this.place = place;
        this.version = version;
    }

    /**
     * The files in a folder, if there are any; class folders count before them.
     *
     * @param directory the folder, or an archive itself
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when there are several versions
     */
    public static Optional<Cifar> in(Path directory) {
        if (Files.isRegularFile(directory)) {
            String name = directory.getFileName().toString();
            return Stream.of(Version.values())
                    .filter(version -> version.archive.equals(name))
                    .map(version -> new Cifar(directory, version))
                    .findFirst();
        }
        Set<String> names = names(directory);
        List<Cifar> found = new ArrayList<>();
        for (Version version : Version.values()) {
            find(directory, names, version).ifPresent(found::add);
        }
        Set<String> own =
                Stream.of(Version.values()).map(version -> version.folder).collect(Collectors.toSet());
        if (found.isEmpty() || ClassFolders.areIn(directory, own)) {
            return Optional.empty();
        }
        if (found.size() > 1) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "data folder " + directory,
                    "several data sets lie together",
                    found.stream().map(one -> one.version.kind).collect(Collectors.joining("; ")),
                    "one of them",
                    found.stream()
                            .filter(one -> !one.place.equals(directory) && Files.isDirectory(one.place))
                            .findFirst()
                            .map(one -> "Pass the folder of one, such as " + one.place)
                            .orElse("Move each to a folder of its own"));
        }
        return Optional.of(found.get(0));
    }

    private static Optional<Cifar> find(Path directory, Set<String> names, Version version) {
        if (holds(directory, names, version)) {
            return Optional.of(new Cifar(directory, version));
        }
        Path folder = directory.resolve(version.folder);
        if (names.contains(version.folder) && holds(folder, names(folder), version)) {
            return Optional.of(new Cifar(folder, version));
        }
        Path archive = directory.resolve(version.archive);
        return names.contains(version.archive) && Files.isRegularFile(archive)
                ? Optional.of(new Cifar(archive, version))
                : Optional.empty();
    }

    private static boolean holds(Path folder, Set<String> names, Version version) {
        return version.batches().stream()
                .filter(names::contains)
                .map(folder::resolve)
                .anyMatch(batch ->
                        Files.isRegularFile(batch) && (version != Version.CIFAR_100_PYTHON || isPickle(batch)));
    }

    /** Told by the first byte, because files may be called train and test for other reasons. */
    private static boolean isPickle(Path file) {
        try (var in = Files.newInputStream(file)) {
            return in.read() == 0x80;
        } catch (IOException e) {
            return false; // whoever reads it has a proper error
        }
    }

    /** The names of what is in a folder; none if it cannot be listed, of which others have a proper error. */
    private static Set<String> names(Path directory) {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (IOException | DirectoryIteratorException e) {
            names.clear();
        }
        return names;
    }

    /** How many classes there are. */
    public int classes() {
        return version.classes;
    }

    /** The archive, if that is what there is. */
    public List<Path> files() {
        return Files.isDirectory(place) ? List.of() : List.of(place);
    }

    /**
     * Lists a folder to train on. The test images are validated on, unless something else is chosen.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when a file is missing, cut off or damaged
     */
    public ImageListing list(FolderOptions options, ScanProgress progress) {
        Path folder = folder(progress);
        Findings findings = findings(folder);
        List<String> names = ClassNames.read(folder.resolve(version.names), version);
        Map<Split, ImageFiles> splits = new EnumMap<>(Split.class);
        List<String> training = version.training.stream()
                .filter(name -> Files.isRegularFile(folder.resolve(name)))
                .toList();
        if (!training.isEmpty()) {
            requireAll(folder, training);
            splits.put(Split.TRAIN, images(folder, training, Split.TRAIN, names, findings));
        }
        boolean chosen = options.validationFolder().isPresent()
                || options.split().isPresent()
                || options.validation() == FolderOptions.Validation.NONE;
        if (Files.isRegularFile(folder.resolve(version.test))) {
            Split split = chosen ? Split.TEST : Split.VALIDATION;
            splits.put(split, images(folder, List.of(version.test), Split.TEST, names, findings));
            if (!chosen) {
                findings.note("Validation images are taken from " + version.test + ", as there are no others");
            }
        }
        return new ImageListing(version.kind, ImageListing.named(names), splits, findings);
    }

    /** Lists the test images only, as {@code split}. */
    public ImageListing listTest(Split split, ScanProgress progress) {
        Path folder = folder(progress);
        Findings findings = findings(folder);
        List<String> names = ClassNames.read(folder.resolve(version.names), version);
        Map<Split, ImageFiles> splits = Files.isRegularFile(folder.resolve(version.test))
                ? Map.of(split, images(folder, List.of(version.test), Split.TEST, names, findings))
                : Map.of();
        return new ImageListing(version.kind, ImageListing.named(names), splits, findings);
    }

    private Path folder(ScanProgress progress) {
        return Files.isDirectory(place) ? place : UserCopies.unpacked(place, version, progress);
    }

    private Findings findings(Path folder) {
        Findings findings = new Findings();
        if (!folder.equals(place)) {
            findings.note(version.archive + " is unpacked in " + folder);
        }
        return findings;
    }

    private void requireAll(Path folder, List<String> there) {
        for (String name : version.training) {
            if (!there.contains(name)) {
                throw CifarFile.invalid(
                        folder.resolve(name),
                        "a batch is missing",
                        "only " + String.join(", ", there),
                        version.training.size() + " batches to train on",
                        "Unpack the whole archive, or keep " + version.test + " alone to evaluate on");
            }
        }
    }

    private ImageFiles images(Path folder, List<String> files, Split split, List<String> names, Findings findings) {
        ImageFiles.Builder builder =
                new ImageFiles.Builder(folder).prefix(split.folder() + "/").planes();
        int rows = 0;
        for (String name : files) {
            Batch batch = Batch.read(folder.resolve(name), version);
            if (!name.equals(files.get(0)) && batch.labels().length != rows) {
                throw CifarFile.invalid(
                        folder.resolve(name),
                        "it has another number of images than " + files.get(0),
                        batch.labels().length,
                        rows);
            }
            rows = batch.labels().length;
            add(builder, batch, split.folder(), name.replace(".bin", ""), names);
        }
        int official = split == Split.TEST ? Version.TEST_IMAGES : Version.TRAINING_IMAGES;
        if (builder.size() != official) {
            findings.note(String.format(
                    Locale.ROOT,
                    "%s has %,d images in %s, these files %,d",
                    version.kind,
                    official,
                    split.folder(),
                    builder.size()));
        }
        return builder.build();
    }

    private static void add(ImageFiles.Builder builder, Batch batch, String set, String name, List<String> names) {
        int container = builder.container(batch.file());
        for (int row = 0; row < batch.labels().length; row++) {
            int label = batch.labels()[row];
            builder.add(
                    String.format(Locale.ROOT, "%s/%s/%s-%05d", set, names.get(label), name, row),
                    label,
                    container,
                    batch.first() + (long) row * batch.stride(),
                    Version.PIXELS);
        }
    }
}

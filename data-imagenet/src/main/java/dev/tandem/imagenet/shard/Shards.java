package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.io.Sha256;
import dev.tandem.imagenet.layout.ImageClass;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** A folder of shards that {@link Packer} wrote. */
public final class Shards {
    private static final String OPERATION = "shards";

    private final Path directory;
    private final Manifest manifest;

    private Shards(Path directory, Manifest manifest) {
        this.directory = directory;
        this.manifest = manifest;
    }

    /**
     * What a check of all shards found.
     *
     * @param problems what is wrong, a line each; empty if nothing is
     */
    public record Verification(int shards, long images, long bytes, List<String> problems) {
        /** Whether everything is as in the manifest. */
        public boolean isSound() {
            return problems.isEmpty();
        }
    }

    /** Whether a folder holds shards, complete or not. */
    public static boolean areIn(Path directory) {
        return Files.isRegularFile(directory.resolve(Manifest.FILE)) || Files.isDirectory(directory.resolve(".pack"));
    }

    /**
     * Opens a folder of shards.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when packing has not ended, or the manifest is damaged
     */
    public static Shards open(Path directory) {
        return Manifest.read(directory)
                .map(manifest -> new Shards(directory, manifest))
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.INVALID_DATA,
                        OPERATION,
                        directory + " is not completely packed",
                        "no " + Manifest.FILE,
                        "a complete folder of shards",
                        "Run the same packing again: it goes on where it stopped"));
    }

    /** What the folder holds. */
    public Manifest manifest() {
        return manifest;
    }

    /** The statistics of the training images as they were packed; absent if there are none. */
    public Optional<TrainingStatistics> statistics() {
        return Optional.ofNullable(manifest.statistics())
                .map(named -> TrainingStatistics.read(directory.resolve(named.file())));
    }

    /** The shards that a listing is of, if it is of shards. */
    public static Optional<Shards> of(ImageListing listing) {
        return listing.shards().map(Shards::open);
    }

    /** The images, by the indices beside the shards. */
    public ImageListing listing() {
        Map<Split, ImageFiles> splits = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            splits.put(split, files(List.of(split)));
        }
        List<ImageClass> classes = manifest.classes().stream()
                .map(known -> new ImageClass(
                        known.name(),
                        known.words(),
                        known.ilsvrcId() == null ? OptionalInt.empty() : OptionalInt.of(known.ilsvrcId())))
                .toList();
        return ImageListing.ofShards(directory, "shards of " + manifest.source(), classes, splits);
    }

    /** All images whatever they are for, those to train on first, in the order in which they are packed. */
    public ImageFiles images() {
        return files(List.of(Split.values()));
    }

    private ImageFiles files(List<Split> splits) {
        ImageFiles.Builder files = new ImageFiles.Builder(directory).packed();
        try {
            for (Split split : splits) {
                for (Manifest.Shard shard : manifest.shardsOf(split)) {
                    ShardImages.requireWhole(directory, shard);
                    int container = files.container(directory.resolve(shard.file()));
                    ShardIndex.read(
                            directory,
                            shard,
                            manifest.classes().size(),
                            line -> files.add(line.key(), line.label(), container, line.offset(), line.length()));
                }
            }
            return files.build();
        } catch (IOException e) {
            throw ShardImages.damaged(directory, e);
        }
    }

    /**
     * Checks that every shard is there and as long as the manifest says; nothing of them is read.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if one is not
     */
    public void requireWhole() {
        try {
            for (Manifest.Shard shard : manifest.shards()) {
                ShardImages.requireWhole(directory, shard);
            }
        } catch (IOException e) {
            throw ShardImages.damaged(directory, e);
        }
    }

    /** A digest of all bytes of a split, by the checksums that the manifest has. */
    public String contentDigest(Split split) {
        Sha256 digest = new Sha256();
        manifest.shardsOf(split).forEach(shard -> digest.add(shard.sha256()));
        return digest.hex();
    }

    /** How many images of a split had an EXIF orientation other than upright before they were packed. */
    public int turned(Split split) {
        return (int) manifest.odd().stream()
                .filter(note -> split.folder().equals(note.split()) && ImageInfo.orientationOf(note.reason()) != 1)
                .count();
    }

    /** Reads the indices of a split. */
    public void readIndex(Split split, ShardIndex.Visitor visitor) throws IOException {
        for (Manifest.Shard shard : manifest.shardsOf(split)) {
            ShardIndex.read(directory, shard, manifest.classes().size(), visitor);
        }
    }

    /** Reads every byte: checksums, and that tars, labels and indices agree. */
    public Verification verify(ScanProgress progress) {
        List<String> problems = new ArrayList<>();
        long images = 0;
        long bytes = 0;
        int done = 0;
        for (Manifest.Shard shard : manifest.shards()) {
            try {
                verify(shard);
            } catch (IOException | IllegalArgumentException e) {
                problems.add(shard.file() + ": " + e.getMessage());
            }
            images += shard.images();
            bytes += shard.bytes();
            progress.checked("shards", ++done, manifest.shards().size());
        }
        if (manifest.statistics() != null) {
            try {
                Path file = directory.resolve(manifest.statistics().file());
                if (!Sha256.of(file).equals(manifest.statistics().sha256())) {
                    problems.add(manifest.statistics().file() + ": its checksum differs from the manifest's");
                }
            } catch (IOException e) {
                problems.add(manifest.statistics().file() + ": " + e);
            }
        }
        return new Verification(manifest.shards().size(), images, bytes, List.copyOf(problems));
    }

    private void verify(Manifest.Shard shard) throws IOException {
        List<ShardIndex.Line> lines = new ArrayList<>();
        ShardIndex.read(directory, shard, manifest.classes().size(), lines::add);
        MessageDigest digest = Sha256.digest();
        String extension = "." + manifest.options().encoding().extension();
        try (InputStream file = new BufferedInputStream(Files.newInputStream(directory.resolve(shard.file())));
                InputStream digested = new DigestInputStream(file, digest);
                TarArchiveInputStream tar = new TarArchiveInputStream(digested)) {
            for (ShardIndex.Line line : lines) {
                TarArchiveEntry image = expect(tar, line.key() + extension);
                if (tar.getBytesRead() != line.offset() || image.getSize() != line.length()) {
                    throw new IOException(line.key() + " lies elsewhere than in its index");
                }
                TarArchiveEntry label = expect(tar, line.key() + ".cls");
                byte[] text = tar.readNBytes((int) Math.min(20, label.getSize()));
                if (!new String(text, StandardCharsets.US_ASCII).equals(Integer.toString(line.label()))) {
                    throw new IOException(line.key() + " has another label than in its index");
                }
                expect(tar, line.key() + ".json");
            }
            if (tar.getNextEntry() != null) {
                throw new IOException("it has more entries than its index");
            }
            digested.transferTo(OutputStream.nullOutputStream());
        }
        if (!Sha256.hex(digest).equals(shard.sha256())) {
            throw new IOException("its checksum differs from the manifest's");
        }
    }

    private static TarArchiveEntry expect(TarArchiveInputStream tar, String name) throws IOException {
        TarArchiveEntry entry = tar.getNextEntry();
        if (entry == null || !entry.getName().equals(name)) {
            throw new IOException("an entry is " + (entry == null ? "missing" : entry.getName()) + ", not " + name);
        }
        return entry;
    }
}

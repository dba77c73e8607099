package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.layout.ImageListing;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.spi.AtomicFile;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A packing under way, on the machine that leads it: {@link #open} plans it, {@link #missing} are the shards to write,
 * by any machine in any order, and {@link #finish} writes the manifest when all are there.
 */
public final class Packing implements AutoCloseable {
    static final String OPERATION = "packing";

    private static final Logger LOG = LoggerFactory.getLogger(Packing.class);

    private final PackPlan plan;
    private final PackTarget target;
    private final Optional<Manifest> complete;
    private final @Nullable FolderLock lock;

    private Packing(PackPlan plan, PackTarget target, Optional<Manifest> complete, @Nullable FolderLock lock) {
        this.plan = plan;
        this.target = target;
        this.complete = complete;
        this.lock = lock;
    }

    /**
     * Begins a packing of {@code source} into {@code directory}, or goes on with an interrupted one; the folder is
     * locked until this is closed, if its file system has locks.
     *
     * @param images how files become pixels; {@code options} decide whether they are turned
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) when the directory holds something else; ({@link
     *     ErrorCode#INPUT_OUTPUT}) when it cannot be written
     */
    public static Packing open(ImageListing source, Path directory, PackOptions options, ImageOptions images) {
        PackPlan plan = PackPlan.of(source, options, images);
        Path absolute = directory.toAbsolutePath();
        PackTarget target = new PackTarget(absolute, plan.digest(), source.classNames(), options, images);
        try {
            Optional<Manifest> before = packedBefore(target);
            if (before.isPresent()) {
                return new Packing(plan, target, before, null);
            }
            Files.createDirectories(directory);
            requireOurs(target);
            Path work = PackTarget.workIn(directory);
            Files.createDirectories(work);
            FolderLock lock = FolderLock.acquire(work.resolve("lock"), OPERATION + " into " + directory);
            boolean begun = false;
            try {
                // The process that held the lock may have finished meanwhile.
                before = packedBefore(target);
                if (before.isEmpty()) {
                    removeTemporaries(work);
                    removeTemporaries(directory);
                    AtomicFile.write(PackTarget.planIn(directory), plan.digest().getBytes(StandardCharsets.US_ASCII));
                }
                begun = true;
                return new Packing(plan, target, before, lock);
            } finally {
                if (!begun) {
                    lock.close();
                }
            }
        } catch (IOException e) {
            throw failed(directory, e);
        }
    }

    static TandemException failed(Path directory, IOException e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                OPERATION,
                directory + ": " + e,
                "Check that the folder can be written and the disk has room; finished shards are kept",
                e);
    }

    private static Optional<Manifest> packedBefore(PackTarget target) throws IOException {
        Optional<Manifest> complete = Manifest.read(target.directory());
        if (complete.isPresent()) {
            requireSame(target, complete.get().plan(), Manifest.FILE);
            removeWork(PackTarget.workIn(target.directory()));
        }
        return complete;
    }

    /** The digest of the plan whose shards, finished or not, are in a folder; empty if there are none. */
    static Optional<String> planIn(Path directory) {
        Optional<String> complete = Manifest.read(directory).map(Manifest::plan);
        Path planFile = PackTarget.planIn(directory);
        try {
            return complete.isPresent() || !Files.isRegularFile(planFile)
                    ? complete
                    : Optional.of(Files.readString(planFile, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw unreadable(planFile, e);
        }
    }

    /** How many shards an interrupted packing left finished; absent if no packing was interrupted. */
    static OptionalInt unfinishedIn(Path directory) {
        Path work = PackTarget.workIn(directory);
        if (!Files.isDirectory(work) || Files.exists(directory.resolve(Manifest.FILE))) {
            return OptionalInt.empty();
        }
        int finished = 0;
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(work, "*" + PackTarget.PART)) {
            for (Path part : parts) {
                finished += Files.isRegularFile(part) ? 1 : 0;
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw unreadable(work, e);
        }
        return OptionalInt.of(finished);
    }

    private static TandemException unreadable(Path path, Exception e) {
        return TandemException.failure(
                ErrorCode.INPUT_OUTPUT,
                OPERATION,
                path + " cannot be read: " + e,
                "See that you may read it, and that the disk is in order",
                e);
    }

    /** What was packed before, if nothing is left to do. */
    public Optional<Manifest> complete() {
        return complete;
    }

    /** How many images each split has before bad ones are left out. */
    public Map<Split, Integer> sizes() {
        Map<Split, Integer> sizes = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            sizes.put(split, plan.source().size(split));
        }
        return sizes;
    }

    /** The shards that are not finished, each a task for any machine that sees the source and the folder. */
    public List<ShardTask> missing() {
        return plan.shards().stream()
                .filter(shard -> target.finished(shard).isEmpty())
                .map(shard -> new ShardTask(target, shard))
                .toList();
    }

    /** Writes the missing shards on this machine. */
    void writeShards(int workers, ScanProgress progress) {
        ProgressByTime timed = new ProgressByTime(progress, sizes());
        try (PackRun run = new PackRun(target, workers, timed::add)) {
            run.run(plan.shards());
        } catch (IOException e) {
            throw failed(target.directory(), e);
        }
    }

    /**
     * Writes the statistics and the manifest, and removes what only an unfinished packing needs.
     *
     * @throws TandemException ({@link ErrorCode#INPUT_OUTPUT}) when a shard is missing
     */
    public Manifest finish() {
        try {
            ManifestDraft draft = new ManifestDraft(plan);
            for (PackPlan.Shard shard : plan.shards()) {
                // One after the other: each has megabytes of sums.
                draft.add(target.finished(shard).orElseThrow(() -> missing(shard)));
            }
            Manifest manifest = draft.finish(target.directory());
            manifest.write(target.directory());
            removeWork(PackTarget.workIn(target.directory()));
            return manifest;
        } catch (IOException e) {
            throw failed(target.directory(), e);
        }
    }

    private TandemException missing(PackPlan.Shard shard) {
        return TandemException.of(
                ErrorCode.INPUT_OUTPUT,
                OPERATION,
                "a shard was written but is not in " + target.directory(),
                "no " + shard.file(),
                "all shards in one folder",
                "Choose a folder that all machines see, and pack again: what is there is kept");
    }

    /** What attempts left that were killed; the lock keeps others from being under way. */
    private static void removeTemporaries(Path work) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(work, "*" + PackTarget.TEMPORARY)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Removes what only an unfinished packing needs. */
    private static void removeWork(Path work) throws IOException {
        if (!Files.isDirectory(work)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(work)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        try {
            Files.deleteIfExists(work);
        } catch (DirectoryNotEmptyException e) {
            // A second attempt of a shard ends just now; the manifest says that the packing is complete.
            LOG.debug("{} is left: {}", work, e.toString());
        }
    }

    /** Refuses a folder with anything in it but an unfinished packing of the same. */
    private static void requireOurs(PackTarget target) throws IOException {
        Path directory = target.directory();
        Path planFile = PackTarget.planIn(directory);
        if (Files.isRegularFile(planFile)) {
            requireSame(
                    target,
                    Files.readString(planFile, StandardCharsets.US_ASCII),
                    PackTarget.WORK + "/" + planFile.getFileName());
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (!entry.equals(PackTarget.workIn(directory))) {
                    throw TandemException.of(
                            ErrorCode.INVALID_DATA,
                            OPERATION,
                            directory + " is not empty",
                            entry.getFileName(),
                            "an empty or new folder",
                            "Pack into an empty or new folder");
                }
            }
        }
    }

    private static void requireSame(PackTarget target, String found, String where) {
        if (!target.digest().equals(found)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    OPERATION,
                    target.directory() + " holds a packing of another source or with other options",
                    where + " " + found,
                    target.digest(),
                    "Choose another folder, or the options and the source it was begun with");
        }
    }

    /** Gives the folder back; what is finished is kept. */
    @Override
    public void close() {
        if (lock != null) {
            lock.close();
        }
    }
}

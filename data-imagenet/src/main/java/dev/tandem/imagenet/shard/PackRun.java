package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.layout.ImageFiles;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.PixelSums;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Writes the shards of a packing that are not there yet. Images are made on several threads, a few ahead of the one
 * that writes them, in the order of the shards and across their borders; what is written depends on no timing.
 */
final class PackRun implements AutoCloseable {
    /** What a finished shard's file in the work folder is called, behind the shard's own name. */
    static final String PART = ".part";

    private static final int AHEAD = 4;

    /** A shard to write: which images, in which order. */
    static final class Plan {
        private final String file;
        private final Split split;
        private final ImageFiles files;
        private final int[] images;

        Plan(String file, Split split, ImageFiles files, int[] images) {
            this.file = file;
            this.split = split;
            this.files = files;
            this.images = images;
        }
    }

    private final Path directory;
    private final Path work;
    private final List<String> classNames;
    private final PackOptions options;
    private final ImageOptions images;
    private final int workers;
    private final ThreadPoolExecutor threads;
    private final BlockingQueue<PackWorker> free = new LinkedBlockingQueue<>();
    private final ProgressByTime progress;

    PackRun(
            Path directory,
            Path work,
            List<String> classNames,
            PackOptions options,
            ImageOptions images,
            int workers,
            ProgressByTime progress) {
        this.directory = directory;
        this.work = work;
        this.classNames = classNames;
        this.options = options;
        this.images = images;
        this.workers = workers;
        this.progress = progress;
        this.threads =
                new ThreadPoolExecutor(workers, workers, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), job -> {
                    Thread thread = new Thread(job, "tandem-pack");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    private static final class Shard {
        final Plan plan;
        final PixelSums sums;
        final int[] counts;
        final List<Manifest.Note> quarantined = new ArrayList<>();
        final List<Manifest.Note> odd = new ArrayList<>();
        ShardWriter writer;
        int written;

        Shard(Plan plan, int side, int classes) {
            this.plan = plan;
            this.sums = plan.split == Split.TRAIN ? new PixelSums(side) : null;
            this.counts = new int[classes];
        }
    }

    private record Pending(Shard shard, int image, Future<PackedImage> packed) {}

    /** What the shards add to the manifest, those that were there before included. */
    List<ShardPart> run(List<Plan> plans) throws IOException {
        List<ShardPart> parts = new ArrayList<>();
        Deque<Pending> queue = new ArrayDeque<>();
        try {
            for (Plan plan : plans) {
                Optional<ShardPart> kept = ShardPart.read(partOf(plan), directory, classNames.size());
                if (kept.isPresent()) {
                    while (!queue.isEmpty()) {
                        write(queue.remove(), parts);
                    }
                    parts.add(kept.get());
                    progress.add(plan.split, plan.images.length);
                    continue;
                }
                Shard shard = new Shard(plan, options.side(), classNames.size());
                for (int image : plan.images) {
                    queue.add(new Pending(shard, image, submit(shard, image)));
                    if (queue.size() > AHEAD * workers) {
                        write(queue.remove(), parts);
                    }
                }
            }
            while (!queue.isEmpty()) {
                write(queue.remove(), parts);
            }
            return parts;
        } finally {
            if (!queue.isEmpty() && queue.element().shard.writer != null) {
                queue.element().shard.writer.close();
            }
        }
    }

    private Path partOf(Plan plan) {
        return work.resolve(plan.file + PART);
    }

    private Future<PackedImage> submit(Shard shard, int image) {
        try {
            return threads.submit(() -> pack(shard, image));
        } catch (OutOfMemoryError noThread) {
            throw NotEnoughMemory.forThreads(threads.getPoolSize(), workers, noThread);
        }
    }

    private PackedImage pack(Shard shard, int image) throws InterruptedException {
        PackWorker worker = free.poll();
        if (worker == null) {
            worker = new PackWorker(options, images);
        }
        try {
            return worker.pack(shard.plan.files, image, shard.sums);
        } finally {
            free.put(worker);
        }
    }

    private void write(Pending pending, List<ShardPart> parts) throws IOException {
        Shard shard = pending.shard;
        Plan plan = shard.plan;
        PackedImage packed = await(pending.packed);
        if (shard.writer == null) {
            shard.writer = new ShardWriter(
                    directory, work, plan.file, plan.split, options.encoding().extension());
        }
        if (packed.isQuarantined()) {
            shard.quarantined.add(new Manifest.Note(plan.split.folder(), packed.file(), packed.reason()));
        } else {
            int label = plan.files.label(pending.image);
            shard.writer.add(keyOf(packed.file()), packed, label, classNames.get(label));
            shard.counts[label]++;
            String oddity = packed.info().oddity(packed.file());
            if (!oddity.isEmpty()) {
                shard.odd.add(new Manifest.Note(plan.split.folder(), packed.file(), oddity));
            }
        }
        progress.add(plan.split, 1);
        if (++shard.written == plan.images.length) {
            ShardPart part = new ShardPart(
                    shard.writer.finish(),
                    Arrays.stream(shard.counts).boxed().toList(),
                    shard.quarantined,
                    shard.odd,
                    Optional.ofNullable(shard.sums));
            part.write(partOf(plan));
            parts.add(part);
        }
    }

    /** WebDataset's key ends at the first dot of the file's name, so no other dot may be in it. */
    static String keyOf(String file) {
        int base = file.lastIndexOf('/') + 1;
        int dot = file.lastIndexOf('.');
        String stem = dot > base ? file.substring(base, dot) : file.substring(base);
        return file.substring(0, base) + stem.replace('.', '_');
    }

    private static PackedImage await(Future<PackedImage> packed) {
        try {
            return packed.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("interrupted", "Pack again: finished shards are kept", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TandemException known) {
                throw known;
            }
            throw failed(
                    e.getCause().toString(),
                    "If memory ran out, give Java more (-Xmx) or use fewer workers; finished shards are kept",
                    e.getCause());
        }
    }

    private static TandemException failed(String wrong, String advice, Throwable cause) {
        return TandemException.failure(ErrorCode.INPUT_OUTPUT, "packing", wrong, advice, cause);
    }

    /** Ends the threads; what they were making is left. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            // Their memory is the decoders', which may only be given back when none runs.
            if (threads.awaitTermination(1, TimeUnit.HOURS)) {
                free.forEach(PackWorker::close);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Removes what only an unfinished packing needs. */
    static void removeWork(Path work) throws IOException {
        if (Files.isDirectory(work)) {
            try (var files = Files.newDirectoryStream(work)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(work);
        }
    }
}

package dev.tandem.imagenet.shard;

import dev.tandem.imagenet.decode.NotEnoughMemory;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.imagenet.statistics.PixelSums;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
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
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the shards of a packing that are not there yet. Images are made on several threads, a few ahead of the one
 * that writes them, in the order of the shards and across their borders; what is written depends on no timing.
 */
final class PackRun implements AutoCloseable {
    private static final int AHEAD = 4;

    private final PackTarget target;
    private final int workers;
    private final ThreadPoolExecutor threads;
    private final BlockingQueue<PackWorker> free = new LinkedBlockingQueue<>();
    private final ObjIntConsumer<Split> progress;
    private @Nullable ShardWriter open;

    /** @param progress is told how many more images are done, by the thread that runs this */
    PackRun(PackTarget target, int workers, ObjIntConsumer<Split> progress) {
        this.target = target;
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
        final PackPlan.Shard plan;
        final PixelSums sums;
        final int[] counts;
        final List<Manifest.Note> quarantined = new ArrayList<>();
        final List<Manifest.Note> odd = new ArrayList<>();
        int written;

        Shard(PackPlan.Shard plan, int side, int classes) {
            this.plan = plan;
            this.sums = plan.split() == Split.TRAIN ? new PixelSums(side) : null;
            this.counts = new int[classes];
        }
    }

    private record Pending(Shard shard, int image, Future<PackedImage> packed) {}

    /** Writes the shards that are not finished. */
    void run(List<PackPlan.Shard> plans) throws IOException {
        Deque<Pending> queue = new ArrayDeque<>();
        try {
            for (PackPlan.Shard plan : plans) {
                if (target.finished(plan).isPresent()) {
                    while (!queue.isEmpty()) {
                        write(queue.remove());
                    }
                    progress.accept(plan.split(), plan.images().length);
                    continue;
                }
                Shard shard = new Shard(
                        plan, target.options().side(), target.classNames().size());
                for (int image : plan.images()) {
                    queue.add(new Pending(shard, image, submit(shard, image)));
                    if (queue.size() > AHEAD * workers) {
                        write(queue.remove());
                    }
                }
            }
            while (!queue.isEmpty()) {
                write(queue.remove());
            }
        } finally {
            if (open != null) {
                open.close();
            }
        }
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
            worker = new PackWorker(target.options(), target.images());
        }
        try {
            return worker.pack(shard.plan.files(), image, shard.sums);
        } finally {
            free.put(worker);
        }
    }

    private void write(Pending pending) throws IOException {
        Shard shard = pending.shard;
        PackPlan.Shard plan = shard.plan;
        PackedImage packed = await(pending.packed);
        if (open == null) {
            open = new ShardWriter(target, plan);
        }
        String set = plan.split().folder();
        if (packed.isQuarantined()) {
            shard.quarantined.add(new Manifest.Note(set, packed.file(), packed.reason()));
        } else {
            int label = plan.files().label(pending.image);
            open.add(keyOf(packed.file()), packed, label, target.classNames().get(label));
            shard.counts[label]++;
            String oddity = packed.info().oddity(packed.file());
            if (!oddity.isEmpty()) {
                shard.odd.add(new Manifest.Note(set, packed.file(), oddity));
            }
        }
        progress.accept(plan.split(), 1);
        if (++shard.written == plan.images().length) {
            Manifest.Shard finished = open.finish();
            open = null;
            ShardPart part = new ShardPart(
                    finished,
                    Arrays.stream(shard.counts).boxed().toList(),
                    shard.quarantined,
                    shard.odd,
                    Optional.ofNullable(shard.sums));
            part.write(target.partOf(plan), target.temporaryFor(plan.file() + PackTarget.PART));
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
}

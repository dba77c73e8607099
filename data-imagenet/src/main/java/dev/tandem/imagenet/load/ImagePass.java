package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.PixelSums;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** One look at every image of a set, on several threads, each with a decoder and pixel sums of its own. */
public final class ImagePass {
    /** Looks at one image; called by several threads at once. */
    @FunctionalInterface
    public interface Look {
        /** Looks at the image {@code index}, adding its pixels to the thread's {@code own} sums if they are wanted. */
        void at(int index, SquareDecoder decoder, PixelSums own);
    }

    private ImagePass() {}

    /**
     * Looks at the images 0 to {@code total - 1}, and returns when no thread is left.
     *
     * @param operation what this is for, to begin errors with
     * @param sums receives the threads' sums, which are exact in any order; of side 0 if none are wanted
     * @throws TandemException what a look threw, or ({@link ErrorCode#INPUT_OUTPUT}) what else went wrong
     */
    public static void over(
            String operation,
            String set,
            int total,
            Squaring squaring,
            ImageOptions images,
            int workers,
            PixelSums sums,
            ScanProgress progress,
            Look look) {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch running = new CountDownLatch(workers);
        Workers.Job job = () -> {
            try (SquareDecoder decoder = new SquareDecoder(squaring, images)) {
                PixelSums own = sums.empty();
                for (int i = next.getAndIncrement(); i < total; i = next.getAndIncrement()) {
                    look.at(i, decoder, own);
                    done.getAndIncrement();
                }
                synchronized (sums) {
                    sums.add(own);
                }
            } finally {
                running.countDown();
            }
        };
        Workers threads = new Workers(workers, job, e -> {
            failure.compareAndSet(null, e);
            next.set(total);
        });
        try {
            while (!running.await(100, TimeUnit.MILLISECONDS)) {
                progress.checked(set, done.get(), total);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT, operation, "interrupted while checking " + set, "Start again", e);
        } finally {
            // Also if the listener throws: no thread may outlive this call.
            next.set(total);
            threads.join();
        }
        if (failure.get() instanceof TandemException known) {
            throw known;
        }
        if (failure.get() != null) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    operation,
                    "checking " + set + " failed: " + failure.get(),
                    "If memory ran out, give Java more (-Xmx) or use fewer workers",
                    failure.get());
        }
        progress.checked(set, total, total);
    }
}

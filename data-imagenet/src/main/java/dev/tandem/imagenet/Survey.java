package dev.tandem.imagenet;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** One look at every image of a source, on several threads: sizes, odd and unusable files, the training statistics. */
final class Survey {
    private final ImageSource source;
    private final int imageSize;
    private final int workers;
    private final ScanProgress progress;

    final int[][] counts = new int[Split.values().length][];
    final SizeHistogram sizes = new SizeHistogram();
    final List<Manifest.Note> quarantined = new ArrayList<>();
    final List<Manifest.Note> odd = new ArrayList<>();
    final PixelSums sums;

    Survey(ImageSource source, int imageSize, int workers, ScanProgress progress) {
        this.source = source;
        this.imageSize = imageSize;
        this.workers = workers;
        this.progress = progress;
        this.sums = new PixelSums(imageSize);
        for (Split split : Split.values()) {
            counts[split.number()] = new int[source.classes().size()];
            look(split);
        }
        Comparator<Manifest.Note> byName =
                Comparator.comparing(Manifest.Note::split).thenComparing(Manifest.Note::file);
        quarantined.sort(byName);
        odd.sort(byName);
    }

    private void look(Split split) {
        ImageFiles files = source.files(split);
        int total = files.size();
        if (total == 0) {
            return;
        }
        AtomicInteger next = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch running = new CountDownLatch(workers);
        Workers threads = new Workers(workers, () -> {
            try (ImageDecoder decoder = new ImageDecoder(imageSize)) {
                PixelSums own = new PixelSums(split == Split.TRAIN ? imageSize : 0);
                for (int i = next.getAndIncrement(); i < total; i = next.getAndIncrement()) {
                    look(split, files, i, decoder, own);
                }
                if (split == Split.TRAIN) {
                    synchronized (this) {
                        sums.add(own);
                    }
                }
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
                next.set(total);
            } finally {
                running.countDown();
            }
        });
        try {
            while (!running.await(200, TimeUnit.MILLISECONDS)) {
                progress.checked(split.folder(), Math.min(total, next.get()), total);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure.compareAndSet(null, e);
        } finally {
            next.set(total);
            threads.join();
        }
        if (failure.get() instanceof TandemException known) {
            throw known;
        }
        if (failure.get() != null) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "data",
                    "looking at " + split.folder() + " failed: " + failure.get(),
                    "If memory ran out, give Java more (-Xmx) or use fewer workers",
                    failure.get());
        }
        progress.checked(split.folder(), total, total);
    }

    private void look(Split split, ImageFiles files, int i, ImageDecoder decoder, PixelSums own) {
        try {
            ImageInfo info = decoder.decode(files.read(i), decoder.scratch());
            if (split == Split.TRAIN) {
                own.add(decoder.scratch());
            }
            String oddity = info.oddity(files.name(i));
            synchronized (this) {
                counts[split.number()][files.label(i)]++;
                sizes.add(info.width(), info.height());
                if (!oddity.isEmpty()) {
                    odd.add(new Manifest.Note(split.folder(), files.name(i), oddity));
                }
            }
        } catch (BadImage e) {
            synchronized (this) {
                quarantined.add(new Manifest.Note(split.folder(), files.name(i), e.getMessage()));
            }
        }
    }
}

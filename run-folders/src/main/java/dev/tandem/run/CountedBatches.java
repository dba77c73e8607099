package dev.tandem.run;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;

/** A stream of evaluation batches that reports how many of its images have been evaluated. */
final class CountedBatches implements BatchStream {
    private final BatchStream batches;
    private final int views;
    private final int images;
    private final ScanProgress progress;
    private int done;

    /** Reports on {@code batches} of {@code images} images with {@code views} rows each. */
    CountedBatches(BatchStream batches, int views, int images, ScanProgress progress) {
        this.batches = batches;
        this.views = views;
        this.images = images;
        this.progress = progress;
    }

    @Override
    public HostBatch next() {
        progress.checked("val", done, images);
        return batches.next();
    }

    /** Takes back a batch that was evaluated. */
    @Override
    public void recycle(HostBatch batch) {
        done += batch.rows() / views;
        batches.recycle(batch);
    }

    @Override
    public long waitedNanos() {
        return batches.waitedNanos();
    }

    @Override
    public void close() {
        batches.close();
    }
}

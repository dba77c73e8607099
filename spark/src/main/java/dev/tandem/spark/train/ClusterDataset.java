package dev.tandem.spark.train;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.layout.Split;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Images that executors load: the driver's batches have labels, and identities that say which rows they stand for, but no
 * images.
 */
final class ClusterDataset implements Dataset {
    private final ImageFolder images;
    private final LongSupplier waitedNanos;

    /**
     * The images of a run.
     *
     * @param waitedNanos how long executors have waited for images so far
     */
    ClusterDataset(ImageFolder images, LongSupplier waitedNanos) {
        this.images = images;
        this.waitedNanos = waitedNanos;
    }

    /** A batch of an epoch's training. */
    record TrainingBatch(int epoch, int batch) {
        static TrainingBatch of(HostBatch placeholder) {
            long identity = placeholder.identity(0);
            return new TrainingBatch((int) (identity >>> 32), (int) identity);
        }

        private long identity() {
            return (long) epoch << 32 | batch;
        }
    }

    /** The first of a batch of validation images. */
    static int firstPosition(HostBatch placeholder) {
        return (int) placeholder.identity(0);
    }

    @Override
    public BatchStream training(Augmentation augmentation, long seed, int epoch, int firstBatch, int batchSize) {
        int batches = images.trainingSize() / batchSize;
        return new Placeholders(batches - firstBatch, index -> {
            HostBatch batch = new HostBatch(Shape.of(batchSize, 1));
            batch.setIdentity(0, new TrainingBatch(epoch, firstBatch + index).identity());
            return batch;
        });
    }

    @Override
    public BatchStream validation(Views views, int batchSize) {
        if (views != Views.CENTRE) {
            throw TandemException.argument(
                    "validation on Spark",
                    "other crops than the centre",
                    views,
                    Views.CENTRE,
                    "Use SparkTandem.evaluate");
        }
        int size = images.validationSize();
        return new Placeholders((size + batchSize - 1) / batchSize, index -> {
            HostBatch batch = new HostBatch(Shape.of(batchSize, 1));
            int first = index * batchSize;
            batch.setRows(Math.min(batchSize, size - first));
            batch.setIdentity(0, first);
            for (int row = 0; row < batch.rows(); row++) {
                batch.labels()[row] = images.label(Split.VALIDATION, first + row);
            }
            return batch;
        });
    }

    /** Batches that take no time. */
    private final class Placeholders implements BatchStream {
        private final int count;
        private final IntFunction<HostBatch> maker;
        private final long waitedBefore = waitedNanos.getAsLong();
        private int next;

        Placeholders(int count, IntFunction<HostBatch> maker) {
            this.count = count;
            this.maker = maker;
        }

        @Override
        public @Nullable HostBatch next() {
            return next < count ? maker.apply(next++) : null;
        }

        @Override
        public void recycle(HostBatch batch) {}

        @Override
        public long waitedNanos() {
            return waitedNanos.getAsLong() - waitedBefore;
        }

        @Override
        public void close() {}
    }

    @Override
    public List<String> classNames() {
        return images.classNames();
    }

    @Override
    public Shape sampleShape() {
        return images.sampleShape();
    }

    @Override
    public int trainingSize() {
        return images.trainingSize();
    }

    @Override
    public List<Integer> trainingSizes() {
        return images.trainingSizes();
    }

    @Override
    public int validationSize() {
        return images.validationSize();
    }

    @Override
    public Optional<ImageInput> imageInput() {
        return images.imageInput();
    }

    @Override
    public String fingerprint() {
        return images.fingerprint();
    }

    @Override
    public void close() {
        images.close();
    }
}

package dev.tandem.spark.train;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Device;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The training images of the workers that compute on one executor. A stream stays open from round to round, with what it
 * has read ahead; one whose worker computes elsewhere by now is closed.
 */
final class WorkerStreams implements AutoCloseable {
    private final ImageFolder images;
    private final Recipe recipe;
    private final BatchMemory memory;
    private final Map<Integer, Open> open = new HashMap<>();
    private @Nullable Labels labels;

    private static final class Open {
        private final BatchStream stream;
        private final int epoch;
        private int next;

        Open(BatchStream stream, PlannedStep first) {
            this.stream = stream;
            this.epoch = first.epoch();
            this.next = first.batch();
        }

        boolean isAt(PlannedStep step) {
            return epoch == step.epoch() && next == step.batch();
        }

        boolean isBefore(PlannedStep step) {
            return epoch < step.epoch() || epoch == step.epoch() && next < step.batch();
        }
    }

    /** The labels of an epoch. */
    private record Labels(int epoch, int[] inOrder) {}

    WorkerStreams(ImageFolder images, Recipe recipe, List<Device> devices) {
        this.images = images;
        this.recipe = recipe;
        this.memory = new BatchMemory(devices);
    }

    /** A worker's batches of a round. It gives the stream back for the next round, unless something goes wrong. */
    final class Round implements AutoCloseable {
        private final int worker;
        private final Open stream;
        private final int end;
        private final long waitedBefore;

        private Round(int worker, Open stream, int end) {
            this.worker = worker;
            this.stream = stream;
            this.end = end;
            this.waitedBefore = stream.stream.waitedNanos();
        }

        /** The next batch. */
        HostBatch next() {
            HostBatch batch = stream.stream.next();
            if (batch == null) {
                throw new IllegalStateException("the data ended before the round");
            }
            stream.next++;
            return batch;
        }

        void recycle(HostBatch batch) {
            stream.stream.recycle(batch);
        }

        double waitedSeconds() {
            return (stream.stream.waitedNanos() - waitedBefore) / 1e9;
        }

        @Override
        public void close() {
            if (stream.next == end) {
                open.put(worker, stream);
            } else {
                stream.stream.close();
            }
        }
    }

    /** A worker's batches of a round. */
    Round round(int worker, BatchPart part, List<PlannedStep> steps) {
        PlannedStep first = steps.get(0);
        open.values().removeIf(other -> {
            boolean isStale = other.isBefore(first);
            if (isStale) {
                other.stream.close();
            }
            return isStale;
        });
        Open found = open.remove(worker);
        if (found != null && !found.isAt(first)) {
            found.stream.close();
            found = null;
        }
        Open stream = found != null ? found : new Open(open(first.epoch(), first.batch(), first.seed(), part), first);
        return new Round(worker, stream, first.batch() + steps.size());
    }

    /** A worker's rows of the batches of an epoch, from {@code batch} on. */
    BatchStream open(int epoch, int batch, long seed, BatchPart part) {
        return images.training(recipe.augmentation(epoch), seed, epoch, batch, part, memory);
    }

    /** The share that a worker's rows have in a batch's mean loss. */
    double share(PlannedStep step, BatchPart part) {
        if (step.classWeights().isEmpty()) {
            return part.rows() / (double) part.whole();
        }
        if (labels == null || labels.epoch() != step.epoch()) {
            labels = new Labels(step.epoch(), images.trainingLabels(step.seed(), step.epoch()));
        }
        double own = 0;
        double all = 0;
        for (int row = 0; row < part.whole(); row++) {
            double weight = step.classWeights().get(labels.inOrder()[step.batch() * part.whole() + row]);
            all += weight;
            own += row >= part.first() && row < part.first() + part.rows() ? weight : 0;
        }
        return all == 0 ? 0 : own / all;
    }

    @Override
    public void close() {
        open.values().forEach(each -> each.stream.close());
        open.clear();
    }
}

package dev.tandem.placement;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.List;

/** Images of noise with a bright channel that tells their class, made in memory. */
record SyntheticData(int training, int validation) implements Dataset {
    private static final Shape SAMPLE = Shape.of(3, 9, 9);

    @Override
    public List<String> classNames() {
        return List.of("red", "green", "blue");
    }

    @Override
    public Shape sampleShape() {
        return SAMPLE;
    }

    @Override
    public int trainingSize() {
        return training;
    }

    @Override
    public List<Integer> trainingSizes() {
        return List.of((training + 2) / 3, (training + 1) / 3, training / 3);
    }

    @Override
    public int validationSize() {
        return validation;
    }

    @Override
    public String fingerprint() {
        return "synthetic";
    }

    @Override
    public BatchStream training(Augmentation augmentation, long seed, int epoch, int firstBatch, int batchSize) {
        int[] order = Philox.permutation(new RandomKey(seed, RandomKey.Purpose.ORDER, epoch, 0), training);
        return stream(order, firstBatch, batchSize, training / batchSize);
    }

    @Override
    public BatchStream validation(Views views, int batchSize) {
        int[] order = java.util.stream.IntStream.range(0, validation)
                .map(i -> i + training)
                .toArray();
        return stream(order, 0, batchSize, (validation + batchSize - 1) / batchSize);
    }

    private static BatchStream stream(int[] order, int firstBatch, int batchSize, int batches) {
        return new BatchStream() {
            private int next = firstBatch;

            @Override
            public HostBatch next() {
                if (next == batches) {
                    return null;
                }
                HostBatch batch = new HostBatch(SAMPLE.batchOf(batchSize));
                batch.setRows(Math.min(batchSize, order.length - next * batchSize));
                for (int row = 0; row < batch.rows(); row++) {
                    write(batch, row, order[next * batchSize + row]);
                }
                next++;
                return batch;
            }

            @Override
            public void recycle(HostBatch batch) {}

            @Override
            public long waitedNanos() {
                return 0;
            }

            @Override
            public void close() {}
        };
    }

    private static void write(HostBatch batch, int row, int image) {
        int label = image % 3;
        int size = Math.toIntExact(SAMPLE.elements());
        RandomKey key = new RandomKey(5, RandomKey.Purpose.SYNTHETIC, image, 0);
        batch.labels()[row] = label;
        for (int i = 0; i < size; i++) {
            batch.images().array()[row * size + i] = (float) Philox.gaussian(key, i) + (i / 81 == label ? 1 : 0);
        }
    }

    @Override
    public void close() {}
}

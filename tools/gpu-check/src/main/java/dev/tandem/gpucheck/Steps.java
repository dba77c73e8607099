package dev.tandem.gpucheck;

import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Steps of training or inference on batches of noise, as the trainer takes them: from memory that the device reads by
 * itself, the next batch while it computes with one, and the loss is read every tenth step.
 */
final class Steps implements AutoCloseable {
    private static final int LOSS_EVERY = 10;
    /** Kept for the next network: it takes a second to draw them. */
    private static final Map<String, float[]> FIRST_WEIGHTS = new HashMap<>();

    private final Recipe recipe;
    private final boolean training;
    private final PlacedModel model;
    private final List<HostBatch> batches;
    private final Device device;
    private final CRC32 losses = new CRC32();
    private double lastLoss;
    private int step;

    /**
     * Times of blocks of steps, in milliseconds a step.
     *
     * @param median of all blocks
     * @param low the tenth part is below
     * @param high the tenth part is above
     * @param steps how many were timed
     */
    record Times(double median, double low, double high, int steps) {
        static Times of(double[] milliseconds, int steps) {
            double[] sorted = milliseconds.clone();
            Arrays.sort(sorted);
            int last = sorted.length - 1;
            double median = (sorted[last / 2] + sorted[(last + 1) / 2]) / 2;
            return new Times(median, sorted[last / 10], sorted[last - last / 10], steps);
        }
    }

    /** A network with its first weights, on the first device of {@code backend}. */
    Steps(Recipe recipe, Backend backend, boolean training) {
        this.recipe = recipe;
        this.training = training;
        device = backend.devices().get(0);
        DevicePlacement placement = DevicePlacement.single(device);
        List<Shape> inputs = recipe.inputs(recipe.batch());
        model = training
                ? placement.place(recipe.network(), inputs, recipe.training())
                : placement.place(recipe.network(), inputs);
        model.parameters()
                .forEach(spec -> model.write(
                        spec.name(),
                        FIRST_WEIGHTS.computeIfAbsent(spec.name() + spec.shape(), name -> spec.initialValues(1))));
        batches = List.of(batch(inputs, 0), batch(inputs, 1));
        model.prefetch(batches.get(0));
    }

    private HostBatch batch(List<Shape> inputs, int number) {
        Shape targets = recipe.network().outputShapes(inputs).get(0);
        HostBatch batch = HostBatch.of(inputs, targets, new BatchMemory(List.of(device)));
        // As an image's bytes vary around their mean.
        batch.images().put(Noise.values(batch.images().capacity(), 128));
        for (int row = 0; row < batch.rows(); row++) {
            batch.labels()[row] = (7 * row + number) % recipe.classes();
        }
        return batch;
    }

    /** Takes {@code count} steps, and waits for their end. */
    void run(int count) {
        for (int i = 0; i < count; i++) {
            HostBatch batch = batches.get(step % 2);
            HostBatch next = batches.get((step + 1) % 2);
            if (training) {
                model.step(batch, new StepSettings(1, step, recipe.schedule().nominalRate()));
                model.prefetch(next);
            } else {
                model.prefetch(next);
                lastLoss = model.predictions(batch, recipe.training().loss())[0];
            }
            step++;
        }
        if (training) {
            lastLoss = model.takeLoss().mean();
            losses.update(ByteBuffer.allocate(Double.BYTES).putDouble(0, lastLoss));
        }
    }

    /** Takes steps for so long, or {@code most} of them. */
    void warmUp(double seconds, int most) {
        Limit limit = Limit.in(seconds);
        for (int done = 0; done < most && !limit.isOver(); done += LOSS_EVERY) {
            run(Math.min(LOSS_EVERY, most - done));
        }
    }

    /** Times {@code count} steps, or fewer if the time is over, in blocks that end with the reading of the loss. */
    Times time(int count, Limit limit) {
        int block = training ? Math.min(LOSS_EVERY, count) : 1;
        double[] milliseconds = new double[Math.max(1, count / block)];
        int blocks = 0;
        while (blocks < milliseconds.length && !(blocks > 0 && limit.isOver())) {
            long began = System.nanoTime();
            run(block);
            milliseconds[blocks++] = (System.nanoTime() - began) / 1e6 / block;
        }
        return Times.of(Arrays.copyOf(milliseconds, blocks), blocks * block);
    }

    /** The last loss that was read, or the first of the predictions. */
    double lastLoss() {
        return lastLoss;
    }

    Device device() {
        return device;
    }

    MemoryUse memory() {
        return device.memoryUse();
    }

    /** A checksum of the bits of all losses that were read, and of all weights as they are now. */
    long checksum() {
        model.parameters().forEach(spec -> {
            float[] values = model.read(spec.name());
            ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
            bytes.asFloatBuffer().put(values);
            losses.update(bytes);
        });
        return losses.getValue();
    }

    @Override
    public void close() {
        model.close();
    }
}

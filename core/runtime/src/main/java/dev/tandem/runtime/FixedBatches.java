package dev.tandem.runtime;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Computes rows in batches of one size, so that a row's output has the same bits whichever others are computed with it.
 * A library may add in another order for another number of rows: oneDNN does for one, and in small layers for a few;
 * OpenBLAS for most, and in larger batches even by the place of a row. For one thread.
 */
final class FixedBatches {
    /** How many random inputs are compared over all places of a batch. */
    private static final int PROBES = 4;

    private final Shape row;
    private final int size;
    private final HostBatch batch;

    /**
     * Finds the size: {@code wanted}, or the half of it and so on, if the places in a batch differ.
     *
     * @param model outputs of a batch that show every difference in the arithmetic
     * @param row the shape of a batch of one row
     * @param scale the standard deviation of usual inputs
     */
    FixedBatches(Function<HostBatch, float[]> model, Shape row, int wanted, double scale) {
        this.row = row;
        int found = wanted;
        while (!isAlikeInAllPlaces(model, found, scale)) {
            found /= 2;
        }
        this.size = found;
        this.batch = new HostBatch(row.with(0, found));
    }

    private boolean isAlikeInAllPlaces(Function<HostBatch, float[]> model, int rows, double scale) {
        HostBatch batch = new HostBatch(row.with(0, rows));
        float[] inputs = batch.images();
        int elements = row.arrayLength();
        for (int probe = 0; probe < PROBES && rows > 1; probe++) {
            Philox.gaussians(new RandomKey(probe, RandomKey.Purpose.SYNTHETIC, 0, 0), 0, inputs, 0, elements);
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = i < elements ? inputs[i] * (float) scale : inputs[i - elements];
            }
            float[] outputs = model.apply(batch);
            int length = outputs.length / rows;
            for (int i = length; i < outputs.length; i++) {
                if (Float.floatToIntBits(outputs[i]) != Float.floatToIntBits(outputs[i - length])) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The rows of a batch. */
    int size() {
        return size;
    }

    /**
     * What {@code model} makes of all rows, row by row; for one thread.
     *
     * @param parts one row or several each, one behind the other
     */
    float[] compute(Function<HostBatch, float[]> model, List<float[]> parts) {
        int elements = row.arrayLength();
        int count = parts.stream().mapToInt(part -> part.length).sum() / elements;
        float[] outputs = new float[0];
        int placed = 0;
        int done = 0;
        for (float[] part : parts) {
            for (int from = 0; from < part.length; from += elements) {
                System.arraycopy(part, from, batch.images(), placed * elements, elements);
                placed++;
                if (placed < size && done + placed < count) {
                    continue;
                }
                Arrays.fill(batch.images(), placed * elements, size * elements, 0);
                float[] computed = model.apply(batch);
                int length = computed.length / size;
                outputs = done == 0 ? new float[count * length] : outputs;
                System.arraycopy(computed, 0, outputs, done * length, placed * length);
                done += placed;
                placed = 0;
            }
        }
        return outputs;
    }
}

package dev.tandem.runtime;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Computes rows in batches whose sizes make no difference, so that a row's output has the same bits whichever others are
 * computed with it, and few rows are not paid for as many. A library may add in another order for another number of
 * rows: oneDNN does in small layers for a few; OpenBLAS for most, and in larger batches even by the place of
 * a row. So the sizes are found by trying: the largest at once, each smaller one when there is time for it
 * ({@link #isNextSame}). For one thread.
 */
final class EqualBatches {
    /** How many random inputs are compared. */
    private static final int PROBES = 4;

    /** How many batches of each smaller size are compared at least, with other inputs at each place. */
    private static final int LEAST_TRIALS = 2;

    private final Function<HostBatch, float[]> model;
    private final Shape row;
    private final float[][] probes = new float[PROBES][];
    private final float[][] expected = new float[PROBES][];
    private final NavigableMap<Integer, HostBatch> batches = new TreeMap<>();
    private int next = 1;

    /**
     * Finds the largest size: {@code wanted}, or the half of it and so on, if the places in a batch differ.
     *
     * @param model outputs of a batch that show every difference in the arithmetic
     * @param row the shape of a batch of one row
     * @param scale the standard deviation of usual inputs
     */
    EqualBatches(Function<HostBatch, float[]> model, Shape row, int wanted, double scale) {
        this.model = model;
        this.row = row;
        for (int probe = 0; probe < PROBES && wanted > 1; probe++) {
            probes[probe] = probe(probe, row.arrayLength(), scale);
        }
        int largest = wanted;
        while (!isAlikeInAllPlaces(largest)) {
            largest /= 2;
        }
        batches.put(largest, new HostBatch(row.with(0, largest)));
    }

    /** Whether a smaller size was not tried yet. */
    boolean hasUntried() {
        return next < size();
    }

    /** Whether the next smaller size, the powers of two rising, gives the same bits as the largest. */
    boolean isNextSame() {
        return givesSame(next);
    }

    /** Uses the size that was tried from now on, or does not. */
    void settleNext(boolean used) {
        if (used) {
            batches.put(next, new HostBatch(row.with(0, next)));
        }
        next *= 2;
    }

    /** Computes each probe at all places of a batch; those of a place are what smaller batches have to give. */
    private boolean isAlikeInAllPlaces(int rows) {
        HostBatch batch = new HostBatch(row.with(0, rows));
        for (int probe = 0; probe < PROBES && rows > 1; probe++) {
            for (int place = 0; place < rows; place++) {
                putProbe(probe, batch, place);
            }
            float[] computed = model.apply(batch);
            expected[probe] = Arrays.copyOf(computed, computed.length / rows);
            for (int place = 1; place < rows; place++) {
                if (!isSame(expected[probe], computed, place)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether a batch of {@code rows} different probes gives the outputs that the largest gives, at all places. */
    private boolean givesSame(int rows) {
        HostBatch batch = new HostBatch(row.with(0, rows));
        int trials = Math.max(LEAST_TRIALS, PROBES / rows);
        for (int trial = 0; trial < trials; trial++) {
            int first = trial * Math.min(rows, PROBES - 1); // other inputs at each place than before
            for (int place = 0; place < rows; place++) {
                putProbe((first + place) % PROBES, batch, place);
            }
            float[] computed = model.apply(batch);
            for (int place = 0; place < rows; place++) {
                if (!isSame(expected[(first + place) % PROBES], computed, place)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static float[] probe(int probe, int elements, double scale) {
        float[] inputs = new float[elements];
        Philox.gaussians(new RandomKey(probe, RandomKey.Purpose.SYNTHETIC, 0, 0), 0, inputs, 0, elements);
        for (int i = 0; i < elements; i++) {
            inputs[i] *= (float) scale;
        }
        return inputs;
    }

    private void putProbe(int probe, HostBatch batch, int place) {
        batch.images().put(place * probes[probe].length, probes[probe]);
    }

    private static boolean isSame(float[] expected, float[] outputs, int place) {
        for (int i = 0; i < expected.length; i++) {
            int found = Float.floatToIntBits(outputs[place * expected.length + i]);
            if (found != Float.floatToIntBits(expected[i])) {
                return false;
            }
        }
        return true;
    }

    /** The rows of the largest batch. */
    int size() {
        return batches.lastKey();
    }

    /** The rows of each batch that is computed, rising, as far as they were tried. */
    List<Integer> sizes() {
        return List.copyOf(batches.keySet());
    }

    /**
     * What {@code outputs} makes of all rows, row by row; for one thread.
     *
     * @param parts one row or several each, one behind the other
     */
    float[] compute(Function<HostBatch, float[]> outputs, List<float[]> parts) {
        int elements = row.arrayLength();
        int count = parts.stream().mapToInt(part -> part.length).sum() / elements;
        float[] all = new float[0];
        HostBatch batch = batchFor(count);
        int placed = 0;
        int done = 0;
        for (float[] part : parts) {
            for (int from = 0; from < part.length; from += elements) {
                batch.images().put(placed * elements, part, from, elements);
                placed++;
                int rows = batch.shape().dim(0);
                if (placed < rows && done + placed < count) {
                    continue;
                }
                Arrays.fill(batch.images().array(), placed * elements, rows * elements, 0);
                float[] computed = outputs.apply(batch);
                int length = computed.length / rows;
                all = done == 0 ? new float[count * length] : all;
                System.arraycopy(computed, 0, all, done * length, placed * length);
                done += placed;
                placed = 0;
                batch = batchFor(count - done);
            }
        }
        return all;
    }

    /** The smallest batch that holds so many rows, or the largest. */
    private HostBatch batchFor(int rows) {
        var fitting = batches.ceilingEntry(rows);
        return fitting == null ? batches.lastEntry().getValue() : fitting.getValue();
    }
}

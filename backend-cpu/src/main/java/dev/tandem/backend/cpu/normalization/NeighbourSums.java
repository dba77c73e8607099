package dev.tandem.backend.cpu.normalization;

import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import java.util.Arrays;

/**
 * Sums over the neighbourhood of each element of one sample's maps. The innermost loops are over consecutive elements of
 * arrays, which the Java compiler turns into vector instructions. For one thread.
 */
final class NeighbourSums {
    private final ResponseNormalization spec;
    private final int channels;
    private final int height;
    private final int width;
    private final int reach;
    /** A map with {@code reach} zeros around it, and its sums along the rows. */
    private final float[] padded;

    private final float[] rowSums;

    NeighbourSums(Shape maps, ResponseNormalization spec) {
        this.spec = spec;
        this.channels = maps.dim(1);
        this.height = maps.dim(2);
        this.width = maps.dim(3);
        boolean within = spec.neighbourhood() == Neighbourhood.WITHIN_MAP;
        // Beyond the maps there is nothing to add.
        this.reach = Math.min(spec.size() / 2, within ? Math.max(height, width) : channels);
        this.padded = new float[within ? (height + 2 * reach) * paddedWidth() : 0];
        this.rowSums = new float[padded.length];
    }

    /** Writes the sums of {@code values (C, H, W)} to {@code sums}. */
    void of(float[] values, float[] sums) {
        if (spec.neighbourhood() == Neighbourhood.ACROSS_MAPS) {
            acrossMaps(values, sums);
        } else {
            for (int channel = 0; channel < channels; channel++) {
                withinMap(values, channel * height * width, sums);
            }
        }
    }

    private void acrossMaps(float[] values, float[] sums) {
        int places = height * width;
        int group = channels / spec.groups();
        Arrays.fill(sums, 0);
        for (int channel = 0; channel < channels; channel++) {
            int firstOfGroup = channel / group * group;
            int last = Math.min(firstOfGroup + group - 1, channel + reach);
            for (int other = Math.max(firstOfGroup, channel - reach); other <= last; other++) {
                add(values, other * places, sums, channel * places, places);
            }
        }
    }

    private void withinMap(float[] values, int start, float[] sums) {
        int across = paddedWidth();
        for (int y = 0; y < height; y++) {
            System.arraycopy(values, start + y * width, padded, (y + reach) * across + reach, width);
        }
        // Whole maps at once: the sums that begin in the padding at the right are not used.
        int count = padded.length - 2 * reach;
        System.arraycopy(padded, 0, rowSums, 0, count);
        for (int x = 1; x <= 2 * reach; x++) {
            add(padded, x, rowSums, 0, count);
        }
        for (int y = 0; y < height; y++) {
            int target = start + y * width;
            System.arraycopy(rowSums, y * across, sums, target, width);
            for (int below = 1; below <= 2 * reach; below++) {
                add(rowSums, (y + below) * across, sums, target, width);
            }
        }
    }

    private int paddedWidth() {
        return width + 2 * reach;
    }

    private static void add(float[] from, int at, float[] to, int start, int count) {
        for (int i = 0; i < count; i++) {
            to[start + i] += from[at + i];
        }
    }
}

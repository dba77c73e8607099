package dev.tandem.imagenet.overview;

import java.util.ArrayList;
import java.util.List;

/** How large images are: counts of their shorter sides. */
public final class SizeHistogram {
    private static final int[] BOUNDS = {64, 128, 192, 256, 320, 384, 512, 768, 1024, 2048};

    private final int[] counts = new int[BOUNDS.length + 1];
    private long images;
    private long widths;
    private long heights;
    private int shortest = Integer.MAX_VALUE;
    private int longest;

    SizeHistogram() {}

    /**
     * Images whose shorter side is in a range.
     *
     * @param from pixels, inclusive
     * @param to pixels, exclusive; {@link Integer#MAX_VALUE} for the last bin
     */
    public record Bin(int from, int to, int images) {}

    void add(int width, int height) {
        int shorter = Math.min(width, height);
        int bin = 0;
        while (bin < BOUNDS.length && shorter >= BOUNDS[bin]) {
            bin++;
        }
        counts[bin]++;
        images++;
        widths += width;
        heights += height;
        shortest = Math.min(shortest, shorter);
        longest = Math.max(longest, Math.max(width, height));
    }

    /** All bins, the smallest sizes first. */
    public List<Bin> bins() {
        List<Bin> bins = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            bins.add(new Bin(i == 0 ? 0 : BOUNDS[i - 1], i < BOUNDS.length ? BOUNDS[i] : Integer.MAX_VALUE, counts[i]));
        }
        return bins;
    }

    /** How many images were counted. */
    public long images() {
        return images;
    }

    /** The mean width, in pixels; 0 if there are no images. */
    public double meanWidth() {
        return images == 0 ? 0 : (double) widths / images;
    }

    /** The mean height, in pixels; 0 if there are no images. */
    public double meanHeight() {
        return images == 0 ? 0 : (double) heights / images;
    }

    /** The shortest side of any image, in pixels; 0 if there are no images. */
    public int shortestSide() {
        return images == 0 ? 0 : shortest;
    }

    /** The longest side of any image, in pixels. */
    public int longestSide() {
        return longest;
    }
}

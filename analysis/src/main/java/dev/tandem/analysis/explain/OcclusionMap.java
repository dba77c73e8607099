package dev.tandem.analysis.explain;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * The probability of a class while a square of an image is hidden, for each place of the square (Zeiler and Fergus,
 * 2014): it is low where the square hides what the class is recognised by. What is hidden becomes 0 in the network's
 * input, the mean of the training images.
 *
 * @param window the side of the square, in pixels
 * @param stride pixels between neighbouring places of the square; the last row and column are at the image's edge
 */
public record OcclusionMap(int window, int stride) {
    /** The most places of a square. */
    private static final int MOST_WINDOWS = 1 << 20;

    public OcclusionMap {
        if (window < 1 || stride < 1) {
            throw TandemException.argument(
                    "occlusion map",
                    "no such square",
                    "a side of " + window + ", moved by " + stride,
                    "1 pixel or more of both",
                    "");
        }
    }

    /** A square of a seventh of an image of {@code side} pixels, moved by a quarter of that: about 25 x 25 places. */
    public static OcclusionMap forSide(int side) {
        int window = Math.max(1, Math.round(side / 7f));
        return new OcclusionMap(window, Math.max(1, Math.round(side / 28f)));
    }

    /**
     * How many places the square has in images of this shape.
     *
     * @param sample {@code (C, H, W)}
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_ARGUMENT}) if it is no image, if the square is
     *     larger, or has more than a million places
     */
    public int windows(Shape sample) {
        if (sample.rank() != 3 || window > sample.dim(1) || window > sample.dim(2)) {
            throw TandemException.argument(
                    "occlusion map",
                    "the square does not fit into the network's input",
                    "a side of " + window + " in " + sample,
                    "an image (channels, height, width) with sides of " + window + " or more",
                    "Use a smaller window");
        }
        long windows = (long) starts(sample.dim(1)).length * starts(sample.dim(2)).length;
        if (windows > MOST_WINDOWS) {
            throw TandemException.argument(
                    "occlusion map", "too many places", windows, "at most " + MOST_WINDOWS, "Use a larger stride");
        }
        return (int) windows;
    }

    /** Where the square begins along a side of {@code pixels}. */
    private int[] starts(int pixels) {
        int last = pixels - window;
        int count = (last + stride - 1) / stride + 1;
        int[] starts = new int[count];
        Arrays.setAll(starts, i -> Math.min(i * stride, last));
        return starts;
    }

    /**
     * The map of one image.
     *
     * @param loss what the network was trained with, which makes probabilities of its outputs
     * @param sample the shape of the network's input, {@code (C, H, W)}
     * @param image the network's input, row-major
     * @param label the class
     * @param rows how many places are computed at once
     * @param progress gets how many places more are done
     */
    public Heatmap of(
            PlacedModel model, Loss loss, Shape sample, float[] image, int label, int rows, IntConsumer progress) {
        int windows = windows(sample);
        int[] down = starts(sample.dim(1));
        int[] right = starts(sample.dim(2));
        float[] probabilities = new float[windows];
        // All batches have one length: a backend prepares itself for it once.
        HostBatch batch = new HostBatch(sample.batchOf(Math.min(rows, windows)));
        float[] images = batch.images().array();
        int most = batch.shape().dim(0);
        for (int first = 0; first < windows; first += most) {
            int count = Math.min(most, windows - first);
            for (int row = 0; row < count; row++) {
                int place = first + row;
                System.arraycopy(image, 0, images, row * image.length, image.length);
                hide(images, row * image.length, sample, down[place / right.length], right[place % right.length]);
            }
            batch.setRows(count);
            float[] predicted = model.predictions(batch, loss);
            int classes = predicted.length / most;
            requireClass(label, classes);
            for (int row = 0; row < count; row++) {
                probabilities[first + row] = predicted[row * classes + label];
            }
            progress.accept(count);
        }
        return new Heatmap(probabilities, centres(right), centres(down));
    }

    private static void requireClass(int label, int classes) {
        if (label < 0 || label >= classes) {
            throw TandemException.argument("occlusion map", "no such class", label, "0 to " + (classes - 1), "");
        }
    }

    private void hide(float[] images, int at, Shape sample, int top, int left) {
        for (int channel = 0; channel < sample.dim(0); channel++) {
            for (int y = top; y < top + window; y++) {
                int from = at + (channel * sample.dim(1) + y) * sample.dim(2) + left;
                Arrays.fill(images, from, from + window, 0);
            }
        }
    }

    private double[] centres(int[] starts) {
        return Arrays.stream(starts).mapToDouble(start -> start + window / 2.0).toArray();
    }
}

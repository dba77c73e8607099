package dev.tandem.analysis.explain;

import dev.tandem.spi.Shape;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.Locale;

/**
 * The kernels of a convolution in grey: a row a kernel, a tile an input map. Grey is 0, white above it, black below, as
 * far as the kernel's weight that is farthest from 0.
 */
public final class KernelSheet {
    private static final int LARGEST_SIDE = 900;
    private static final int LEAST_TILE = 18;
    private static final int LARGEST_TILE = 32;
    private static final int GAP = 2;
    private static final int MARGIN = 10;
    /** Between tiles: no grey, so that it is no weight. */
    private static final Color BETWEEN = new Color(0xaec8f0);

    private KernelSheet() {}

    /**
     * Draws as many kernels as fit.
     *
     * @param layer whose they are
     * @param weights row-major
     * @param shape {@code (kernels, input maps, height, width)}
     */
    public static BufferedImage draw(String layer, float[] weights, Shape shape) {
        int height = shape.dim(2);
        int width = shape.dim(3);
        int fitting = Math.max(LEAST_TILE, Math.min(LARGEST_TILE, LARGEST_SIDE / shape.dim(1) - GAP));
        int magnification = Math.max(1, fitting / Math.max(height, width));
        int tileHeight = height * magnification + GAP;
        int tileWidth = width * magnification + GAP;
        int kernels = Math.min(shape.dim(0), Math.max(1, LARGEST_SIDE / tileHeight));
        int inputs = Math.min(shape.dim(1), Math.max(1, LARGEST_SIDE / tileWidth));
        int sheet = Math.max(inputs * tileWidth - GAP, 560);
        Canvas canvas = new Canvas(sheet + 2 * MARGIN, kernels * tileHeight + 58 + MARGIN);
        canvas.line(title(layer, shape, kernels, inputs), Canvas.BOLD, MARGIN, MARGIN, sheet);
        canvas.line(
                "A row a kernel, a tile an input map; grey is 0, white is above, black below",
                Canvas.SMALL,
                MARGIN,
                MARGIN + 20,
                sheet);
        canvas.fill(BETWEEN, MARGIN - GAP, 50 - GAP, inputs * tileWidth + GAP, kernels * tileHeight + GAP);
        int length = shape.dim(1) * height * width;
        for (int kernel = 0; kernel < kernels; kernel++) {
            float greatest = greatest(weights, kernel * length, length);
            for (int input = 0; input < inputs; input++) {
                int from = kernel * length + input * height * width;
                for (int i = 0; i < height * width; i++) {
                    canvas.fill(
                            grey(weights[from + i], greatest),
                            MARGIN + input * tileWidth + i % width * magnification,
                            50 + kernel * tileHeight + i / width * magnification,
                            magnification,
                            magnification);
                }
            }
        }
        return canvas.finished();
    }

    private static String title(String layer, Shape shape, int kernels, int inputs) {
        String all = String.format(
                Locale.ROOT,
                "%s: %,d kernels of %,d x %d x %d",
                layer,
                shape.dim(0),
                shape.dim(1),
                shape.dim(2),
                shape.dim(3));
        String first = kernels < shape.dim(0) ? ", the first " + kernels : "";
        return all + first + (inputs < shape.dim(1) ? ", of each the first " + inputs + " input maps" : "");
    }

    private static float greatest(float[] weights, int from, int length) {
        float greatest = 0;
        for (int i = from; i < from + length; i++) {
            greatest = Math.max(greatest, Math.abs(weights[i]));
        }
        return greatest;
    }

    private static Color grey(float weight, float greatest) {
        float level = greatest > 0 ? (weight / greatest + 1) / 2 : 0.5f;
        return new Color(level, level, level);
    }
}

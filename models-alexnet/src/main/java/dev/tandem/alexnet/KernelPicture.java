package dev.tandem.alexnet;

import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.Shape;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The kernels of the first layer as the paper's figure 3 shows them: each in colour, scaled to its own range; those
 * of the first column above those of the second, if the network has two.
 */
public final class KernelPicture {
    private static final int MAGNIFICATION = 5;
    private static final int GAP = 4;
    private static final int COLUMN_GAP = 18;
    private static final int MOST_PER_ROW = 16;

    private KernelPicture() {}

    /** Draws the first parameter of {@code model}, whose shape is {@code (K, 3, h, w)}. */
    public static BufferedImage draw(Network network, PlacedModel model) {
        ParameterSpec first = model.parameters().get(0);
        float[] weights = model.read(first.name());
        int columns = network.layers().values().stream()
                .mapToInt(layer -> layer instanceof Convolution convolution ? convolution.groups() : 1)
                .max()
                .orElse(1);
        int perColumn = first.shape().dim(0) / columns;
        List<BufferedImage> blocks = IntStream.range(0, columns)
                .mapToObj(column -> block(weights, first.shape(), column * perColumn, perColumn))
                .toList();
        int apart = blocks.get(0).getHeight() + COLUMN_GAP - GAP;
        BufferedImage picture = white(
                blocks.get(0).getWidth(), (columns - 1) * apart + blocks.get(0).getHeight());
        Graphics2D canvas = picture.createGraphics();
        for (int column = 0; column < columns; column++) {
            canvas.drawImage(blocks.get(column), 0, column * apart, null);
        }
        canvas.dispose();
        return picture;
    }

    /**
     * Draws the kernels {@code first} to {@code first + count - 1} of {@code weights}, whose shape is {@code (K, 3,
     * h, w)}.
     */
    public static BufferedImage block(float[] weights, Shape shape, int first, int count) {
        int height = shape.dim(2);
        int width = shape.dim(3);
        int perRow = perRow(count);
        int rows = (count + perRow - 1) / perRow;
        int cellWidth = width * MAGNIFICATION + GAP;
        int cellHeight = height * MAGNIFICATION + GAP;
        BufferedImage picture = white(perRow * cellWidth + GAP, rows * cellHeight + GAP);
        Graphics2D canvas = picture.createGraphics();
        for (int place = 0; place < count; place++) {
            int x = GAP + place % perRow * cellWidth;
            int y = GAP + place / perRow * cellHeight;
            BufferedImage kernel = kernel(weights, first + place, height, width);
            canvas.drawImage(kernel, x, y, width * MAGNIFICATION, height * MAGNIFICATION, null);
        }
        canvas.dispose();
        return picture;
    }

    private static BufferedImage white(int width, int height) {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = picture.createGraphics();
        canvas.setColor(Color.WHITE);
        canvas.fillRect(0, 0, width, height);
        canvas.dispose();
        return picture;
    }

    /** The most kernels that fill their rows, at least half a row. */
    private static int perRow(int kernels) {
        for (int count = MOST_PER_ROW; count >= MOST_PER_ROW / 2; count--) {
            if (kernels % count == 0) {
                return count;
            }
        }
        return Math.min(kernels, MOST_PER_ROW);
    }

    private static BufferedImage kernel(float[] weights, int k, int height, int width) {
        int plane = height * width;
        int from = k * 3 * plane;
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + 3 * plane; i++) {
            least = Math.min(least, weights[i]);
            most = Math.max(most, weights[i]);
        }
        float scale = most > least ? 255 / (most - least) : 0;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < plane; pixel++) {
            int rgb = 0;
            for (int channel = 0; channel < 3; channel++) {
                rgb = rgb << 8 | Math.round((weights[from + channel * plane + pixel] - least) * scale);
            }
            image.setRGB(pixel % width, pixel / width, rgb);
        }
        return image;
    }
}

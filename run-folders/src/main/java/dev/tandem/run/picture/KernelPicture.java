package dev.tandem.run.picture;

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
 * The kernels of the first layer as the paper's figure 3 shows them: each in colour, or grey if it has one channel, scaled
 * to its own range; those of the first column above those of the second, if the network has two.
 */
public final class KernelPicture {
    private static final int MAGNIFICATION = 5;
    private static final int GAP = 4;
    private static final int COLUMN_GAP = 18;
    private static final int MOST_PER_ROW = 16;
    private static final int COLUMNS = 2;
    private static final int COLOURS = 3;

    private KernelPicture() {}

    /** Whether the first parameter of {@code model} is kernels over an image: {@code (K, 3, h, w)} or {@code (K, 1, h, w)}. */
    public static boolean isPossible(PlacedModel model) {
        return isPossible(model.parameters().get(0).shape());
    }

    /** Whether a parameter of this shape is kernels over an image. */
    public static boolean isPossible(Shape shape) {
        return shape.rank() == 4 && (shape.dim(1) == COLOURS || shape.dim(1) == 1);
    }

    /** Draws the first parameter of {@code model}, for which it {@link #isPossible}. */
    public static BufferedImage draw(Network network, PlacedModel model) {
        ParameterSpec first = model.parameters().get(0);
        float[] weights = model.read(first.name());
        int columns = columns(network, first.shape().dim(0));
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

    /** Into how many columns the network divides its {@code kernels} first kernels: two, as the paper, or one. */
    public static int columns(Network network, int kernels) {
        int most = network.layers().values().stream()
                .mapToInt(layer -> layer instanceof Convolution convolution ? convolution.groups() : 1)
                .max()
                .orElse(1);
        // More groups are no columns: a depthwise convolution has one for each channel.
        return most == COLUMNS && kernels % COLUMNS == 0 ? COLUMNS : 1;
    }

    /**
     * Draws the kernels {@code first} to {@code first + count - 1} of {@code weights}, whose shape is {@code (K, 3, h,
     * w)} or {@code (K, 1, h, w)}.
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
            BufferedImage kernel = kernel(weights, first + place, shape);
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
    public static int perRow(int kernels) {
        for (int count = MOST_PER_ROW; count >= MOST_PER_ROW / 2; count--) {
            if (kernels % count == 0) {
                return count;
            }
        }
        return Math.min(kernels, MOST_PER_ROW);
    }

    /** Kernel {@code k} of {@code weights} in its own size, scaled to its own range. */
    public static BufferedImage kernel(float[] weights, int k, Shape shape) {
        int channels = shape.dim(1);
        int width = shape.dim(3);
        int plane = shape.dim(2) * width;
        int from = k * channels * plane;
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + channels * plane; i++) {
            least = Math.min(least, weights[i]);
            most = Math.max(most, weights[i]);
        }
        float scale = most > least ? 255 / (most - least) : 0;
        BufferedImage image = new BufferedImage(width, shape.dim(2), BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < plane; pixel++) {
            int rgb = 0;
            for (int colour = 0; colour < COLOURS; colour++) {
                int channel = channels == 1 ? 0 : colour;
                rgb = rgb << 8 | Math.round((weights[from + channel * plane + pixel] - least) * scale);
            }
            image.setRGB(pixel % width, pixel / width, rgb);
        }
        return image;
    }
}

package dev.tandem.spi.op;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;

/**
 * A window that slides over a map: its size, its stride and the padding on each side, in pixels. Rounding up is padding
 * at the bottom and right, so that backends need only explicit padding.
 */
public record Window(
        int height, int width, int strideY, int strideX, int padTop, int padLeft, int padBottom, int padRight) {
    /** Whether there is a last window that reaches beyond the edge of the map. */
    public enum Rounding {
        /** Drop it: {@code 1 + floor((size + 2 pad - kernel) / stride)}, as PyTorch does. */
        DOWN,
        /** Keep it: {@code 1 + ceil((size + 2 pad - kernel) / stride)}, as the authors' program does. */
        UP
    }

    public Window {
        if (height < 1 || width < 1 || strideY < 1 || strideX < 1) {
            throw TandemException.argument(
                    "window",
                    "size or stride below 1",
                    height + "x" + width + " stride " + strideY + "x" + strideX,
                    "1 or more",
                    "");
        }
        if (Math.min(Math.min(padTop, padLeft), Math.min(padBottom, padRight)) < 0
                || Math.max(padTop, padBottom) >= height
                || Math.max(padLeft, padRight) >= width) {
            throw TandemException.argument(
                    "window",
                    "padding leaves a window without a real pixel",
                    "top " + padTop + ", left " + padLeft + ", bottom " + padBottom + ", right " + padRight,
                    "0 or more and below the kernel size " + height + "x" + width,
                    "Lower the padding");
        }
    }

    /** A square window without padding. */
    public static Window square(int size, int stride) {
        return new Window(size, size, stride, stride, 0, 0, 0, 0);
    }

    /**
     * A square window over maps of the given size.
     *
     * @param pad zeros on every side; rounding up adds what the last window needs at the bottom and right
     */
    public static Window over(int mapHeight, int mapWidth, int size, int stride, int pad, Rounding rounding) {
        square(size, stride); // refuses what would divide by zero below
        int hangY = hang(mapHeight, size, stride, pad, rounding);
        int hangX = hang(mapWidth, size, stride, pad, rounding);
        return new Window(size, size, stride, stride, pad, pad, pad + hangY, pad + hangX);
    }

    private static int hang(int map, int size, int stride, int pad, Rounding rounding) {
        int room = map + 2 * pad - size;
        if (rounding == Rounding.DOWN || room < 0) {
            return 0;
        }
        int remainder = room % stride;
        // A last window that would start beyond the map (stride > size) is dropped: it would have no pixel.
        boolean empty = room - remainder + stride >= map + pad;
        return remainder == 0 || empty ? 0 : stride - remainder;
    }

    /** The height of the output for a map of {@code mapHeight} rows. */
    public int outputHeight(int mapHeight) {
        return output(mapHeight, padTop + padBottom, height, strideY, mapHeight);
    }

    /** The width of the output for a map of {@code mapWidth} columns. */
    public int outputWidth(int mapWidth) {
        return output(mapWidth, padLeft + padRight, width, strideX, mapWidth);
    }

    /** The shape of {@code (N, channels, H', W')} for maps {@code (N, C, H, W)}. */
    public Shape output(Shape maps, int channels) {
        return Shape.of(maps.dim(0), channels, outputHeight(maps.dim(2)), outputWidth(maps.dim(3)));
    }

    private int output(int map, int pad, int size, int stride, int reported) {
        if (map + pad < size) {
            throw TandemException.argument(
                    "window",
                    "larger than the padded map",
                    size + " over " + reported + " + " + pad,
                    "a map of " + size + " or more",
                    "Use larger images or a smaller kernel");
        }
        return 1 + (map + pad - size) / stride;
    }

    @Override
    public String toString() {
        return height + "x" + width + " stride " + strideY + "x" + strideX + " pad " + padTop + "," + padLeft + ","
                + padBottom + "," + padRight;
    }
}

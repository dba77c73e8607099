package dev.tandem.imagenet.decode;

import java.awt.image.BufferedImage;

/** An image as planes of red, green and blue bytes; its memory is reused from one image to the next. */
public final class RgbImage {
    /** Red, green and blue. */
    public static final int CHANNELS = 3;

    private byte[] planes = new byte[0];
    private int width;
    private int height;

    /** Makes it an image of this size, contents undefined. */
    public byte[] resize(int newWidth, int newHeight) {
        width = newWidth;
        height = newHeight;
        planes = withRoom(planes);
        return planes;
    }

    public int width() {
        return width;
    }

    public int height() {
        return height;
    }

    /** {@code (3, height, width)}, perhaps with unused bytes behind. */
    public byte[] planes() {
        return planes;
    }

    /** Writes its centre square, as wide as its shorter side. */
    public void centreSquare(byte[] square) {
        int side = Math.min(width, height);
        int left = (width - side) / 2;
        int top = (height - side) / 2;
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int y = 0; y < side; y++) {
                int from = (channel * height + top + y) * width + left;
                System.arraycopy(planes, from, square, (channel * side + y) * side, side);
            }
        }
    }

    public BufferedImage toBufferedImage() {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int plane = width * height;
        for (int i = 0; i < plane; i++) {
            int rgb = ((planes[i] & 0xFF) << 16) | ((planes[plane + i] & 0xFF) << 8) | (planes[2 * plane + i] & 0xFF);
            image.setRGB(i % width, i / width, rgb);
        }
        return image;
    }

    private byte[] withRoom(byte[] bytes) {
        int needed = CHANNELS * width * height;
        return bytes.length >= needed ? bytes : new byte[needed];
    }
}

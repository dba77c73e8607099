package dev.tandem.imagenet.statistics;

import dev.tandem.imagenet.decode.RgbImage;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Exact sums over decoded squares: integers, so that neither order nor number of threads changes a bit of the result.
 */
public final class PixelSums {

    private final int side;
    private final long[] pixels;
    private final long[] products = new long[RgbImage.CHANNELS * RgbImage.CHANNELS];
    private long images;

    /** Sums over squares of {@code side} pixels. */
    public PixelSums(int side) {
        this.side = side;
        this.pixels = new long[RgbImage.CHANNELS * side * side];
    }

    /** Sums of the same size, still zero: for another thread. */
    public PixelSums empty() {
        return new PixelSums(side);
    }

    public long images() {
        return images;
    }

    /** Adds one square, {@code (3, side, side)}. */
    public void add(byte[] square) {
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] += square[i] & 0xFF;
        }
        int plane = side * side;
        long rr = 0;
        long rg = 0;
        long rb = 0;
        long gg = 0;
        long gb = 0;
        long bb = 0;
        for (int i = 0; i < plane; i++) {
            long r = square[i] & 0xFF;
            long g = square[plane + i] & 0xFF;
            long b = square[2 * plane + i] & 0xFF;
            rr += r * r;
            rg += r * g;
            rb += r * b;
            gg += g * g;
            gb += g * b;
            bb += b * b;
        }
        long[] own = {rr, rg, rb, rg, gg, gb, rb, gb, bb};
        for (int i = 0; i < own.length; i++) {
            products[i] += own[i];
        }
        images++;
    }

    /** Adds another thread's sums. */
    public void add(PixelSums other) {
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] += other.pixels[i];
        }
        for (int i = 0; i < products.length; i++) {
            products[i] += other.products[i];
        }
        images += other.images;
    }

    /** Writes the sums, of at most 2^23 images. */
    public void write(DataOutputStream out) throws IOException {
        out.writeInt(side);
        out.writeLong(images);
        for (long sum : pixels) {
            out.writeInt((int) sum);
        }
        for (long product : products) {
            out.writeLong(product);
        }
    }

    public static PixelSums read(DataInputStream in) throws IOException {
        int side = in.readInt();
        if (side < 0 || side > 4096 || (long) RgbImage.CHANNELS * side * side * Integer.BYTES > in.available()) {
            throw new IOException("an image size of " + side + " does not fit the file's length");
        }
        PixelSums sums = new PixelSums(side);
        sums.images = in.readLong();
        for (int i = 0; i < sums.pixels.length; i++) {
            sums.pixels[i] = in.readInt() & 0xFFFFFFFFL;
        }
        for (int i = 0; i < sums.products.length; i++) {
            sums.products[i] = in.readLong();
        }
        return sums;
    }

    /** Means and covariance of what was added, at least one image. */
    public TrainingStatistics statistics() {
        float[] meanImage = new float[pixels.length];
        double[] means = new double[RgbImage.CHANNELS];
        int plane = side * side;
        double count = (double) images * plane;
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            long sum = 0;
            for (int i = channel * plane; i < (channel + 1) * plane; i++) {
                sum += pixels[i];
                meanImage[i] = (float) ((double) pixels[i] / images);
            }
            means[channel] = sum / count;
        }
        double[] covariance = new double[RgbImage.CHANNELS * RgbImage.CHANNELS];
        for (int i = 0; i < covariance.length; i++) {
            covariance[i] = products[i] / count - means[i / RgbImage.CHANNELS] * means[i % RgbImage.CHANNELS];
        }
        return new TrainingStatistics(side, images, meanImage, means, covariance);
    }
}

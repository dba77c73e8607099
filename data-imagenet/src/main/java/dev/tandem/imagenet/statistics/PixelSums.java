package dev.tandem.imagenet.statistics;

import dev.tandem.imagenet.decode.RgbImage;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Exact sums over decoded squares: integers, so that neither order nor number of threads changes a bit of the result.
 */
public final class PixelSums {

    /** So many bytes fit sixteen bits when added up. */
    private static final int MOST_PENDING = 257;

    private static final int WORD = Long.BYTES;
    private static final long EVEN_BYTES = 0x00FF_00FF_00FF_00FFL;

    private final int side;
    private final long[] pixels;
    private final long[] products = new long[RgbImage.CHANNELS * RgbImage.CHANNELS];
    private long images;

    /** Of each eight bytes, the sums of the even and of the odd ones, not yet in {@link #pixels}: four a number. */
    private final long[] even;

    private final long[] odd;
    private int pending;

    /** Sums over squares of {@code side} pixels. */
    public PixelSums(int side) {
        this.side = side;
        this.pixels = new long[RgbImage.CHANNELS * side * side];
        this.even = new long[pixels.length / WORD];
        this.odd = new long[pixels.length / WORD];
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
        add(square, new long[] {rr, rg, rb, rg, gg, gb, rb, gb, bb});
    }

    /** Adds one square of which the sums of the products of channels, {@code (3, 3)}, are known. */
    public void add(byte[] square, long[] ofChannels) {
        ByteBuffer words = ByteBuffer.wrap(square).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < even.length; i++) {
            long word = words.getLong(i * WORD);
            even[i] += word & EVEN_BYTES;
            odd[i] += word >>> Byte.SIZE & EVEN_BYTES;
        }
        for (int i = even.length * WORD; i < pixels.length; i++) {
            pixels[i] += square[i] & 0xFF;
        }
        for (int i = 0; i < products.length; i++) {
            products[i] += ofChannels[i];
        }
        images++;
        pending++;
        if (pending == MOST_PENDING) {
            settle();
        }
    }

    /** Adds what is pending to the sums. */
    private void settle() {
        for (int i = 0; i < even.length; i++) {
            for (int lane = 0; lane < WORD / 2; lane++) {
                pixels[i * WORD + 2 * lane] += even[i] >>> lane * Short.SIZE & 0xFFFF;
                pixels[i * WORD + 2 * lane + 1] += odd[i] >>> lane * Short.SIZE & 0xFFFF;
            }
        }
        Arrays.fill(even, 0);
        Arrays.fill(odd, 0);
        pending = 0;
    }

    /** Adds another thread's sums. */
    public void add(PixelSums other) {
        other.settle();
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
        settle();
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
        settle();
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

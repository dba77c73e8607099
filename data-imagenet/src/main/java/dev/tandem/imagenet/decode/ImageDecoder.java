package dev.tandem.imagenet.decode;

import dev.tandem.imagenet.options.ImageOptions;
import java.awt.image.BufferedImage;
import java.util.Optional;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Turns the bytes of an image file into RGB bytes of the size that is trained on. {@link PixelReader} reads the pixels,
 * {@link Squaring} says how they come to the size. One decoder serves one thread.
 */
public final class ImageDecoder implements AutoCloseable {
    /** Raised whenever the same bytes begin to give other pixels, so that statistics are computed anew. */
    public static final int REVISION = 2;

    /** The longest file that is read, in bytes; also when it is unpacked. */
    public static final long MAXIMUM_BYTES = 1L << 26;

    private static final int MAXIMUM_ASPECT = 16;

    private final int side;
    private final Resampler squares;
    private final ShorterSideResampler whole;
    private final PixelReader reader;

    /** A decoder to squares of {@code side} pixels, the shorter side of an image being brought to that. */
    public ImageDecoder(int side, ImageOptions options) {
        this(Squaring.ofShorterSide(side), options);
    }

    /** A decoder to squares that are made as {@code squaring} says. */
    public ImageDecoder(Squaring squaring, ImageOptions options) {
        this.side = squaring.side();
        this.reader = new PixelReader(side, options);
        this.squares = Resampler.of(squaring);
        this.whole = new ShorterSideResampler(side);
    }

    /** Decodes into {@code square}, {@code (3, side, side)}: a plane each of red, green and blue. */
    public ImageInfo decode(byte[] encoded, byte[] square) throws BadImage {
        return reader.read(encoded, pixels -> squares.resample(pixels, square));
    }

    /** Brings an image in memory to the size, its pixels as they are stored there: into {@code square}, as above. */
    public void decode(BufferedImage image, byte[] square) {
        squares.resample(PixelRows.ofImage(image), square);
    }

    /**
     * Decodes the whole image to a shorter side of {@code side} pixels, however squares are made. Of a longer side more
     * than {@value #MAXIMUM_ASPECT} times that, the middle is kept.
     */
    public ImageInfo decode(byte[] encoded, RgbImage out) throws BadImage {
        return reader.read(encoded, pixels -> resample(pixels, out));
    }

    /** The same in OpenCV's memory; {@code between} is overwritten. */
    public ImageInfo decode(byte[] encoded, RgbImage between, OpenCvImage out) throws BadImage {
        return reader.read(encoded, pixels -> {
            boolean fits = Math.min(pixels.width(), pixels.height()) == side
                    && Math.max(pixels.width(), pixels.height()) <= MAXIMUM_ASPECT * side;
            Optional<Mat> asIs = fits ? reader.imageOf(pixels) : Optional.empty();
            if (asIs.isPresent()) {
                out.put(asIs.get());
            } else {
                resample(pixels, between);
                out.put(between);
            }
        });
    }

    private void resample(PixelRows pixels, RgbImage out) {
        int shorter = pixels.shorter();
        int longest = MAXIMUM_ASPECT * side;
        int width = (int) Math.min(longest, whole.resized(pixels.across().fileLength(), shorter));
        int height = (int) Math.min(longest, whole.resized(pixels.down().fileLength(), shorter));
        whole.resample(pixels, width, height, out.resize(width, height));
    }

    /** Decodes the whole image in its own size; one of more pixels than are read whole, in a coarser grid. */
    public ImageInfo decodeWhole(byte[] encoded, RgbImage out) throws BadImage {
        return reader.readUnscaled(encoded, pixels -> {
            int width = pixels.width();
            int height = pixels.height();
            float[][] row = new float[RgbImage.CHANNELS][width];
            Resampler.copy(pixels, 0, 0, width, height, row, out.resize(width, height));
        });
    }

    @Override
    public void close() {
        reader.close();
    }
}

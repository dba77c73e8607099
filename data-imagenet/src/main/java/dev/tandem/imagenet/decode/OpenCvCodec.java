package dev.tandem.imagenet.decode;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.NativeCache;
import dev.tandem.spi.TandemException;
import java.util.Optional;
import java.util.Properties;
import java.util.function.BiConsumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Rect;

/**
 * OpenCV's libjpeg-turbo, for the JPEGs of shards and those that {@link BaselineScan} proves sound: the same bytes and
 * pixels whatever JPEG library the Java runtime has, and quicker than any Java route to it. It only repairs damage,
 * silently: other foreign JPEGs go to {@link PixelReader}. And its libwebp, which refuses damage and for which there is
 * no other. For one thread.
 */
public final class OpenCvCodec implements AutoCloseable {
    private static final int FLAGS = opencv_imgcodecs.IMREAD_COLOR_RGB | opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;

    /**
     * Bytes between the planes that OpenCV's split writes. If the starts of all planes are equally far from a multiple
     * of the vector length, it mixes stores that bypass the caches with stores that do not, and takes 20 times as long.
     */
    public static final int PLANE_GAP = 1;

    /** The colours of a row are smoothed with those of so many rows below it. */
    private static final int SMOOTHED = 2;
    /** The rows of a row of blocks, of any sampling that we write, or fewer. */
    private static final int BLOCK_ROWS = 16;

    /** JavaCPP's name for the variant of native libraries: for GPUs, say. */
    private static final String VARIANT = "platform.extension";

    /** All of OpenCV's classes that are used: each looks for the libraries when it is first touched. */
    private static final Class<?>[] USED = {
        opencv_core.class, opencv_imgproc.class, opencv_imgcodecs.class, Mat.class, MatVector.class, Rect.class
    };

    private static volatile boolean loaded;

    private final Squaring squaring;
    private final int side;
    private final Resampler resampler;
    private final BytePointer square;
    private final MatVector planes;
    private final Mat image;
    private BytePointer input;
    private byte[] pixels = new byte[0];
    private PixelRows rows;

    /** A codec whose squares have {@code side} pixels, cut out of images of that shorter side. */
    public OpenCvCodec(int side) {
        this(Squaring.ofShorterSide(side));
    }

    /** A codec whose squares are made as {@code squaring} says. */
    public OpenCvCodec(Squaring squaring) {
        load();
        this.squaring = squaring;
        this.side = squaring.side();
        this.resampler = Resampler.of(squaring);
        this.planes = new MatVector(RgbImage.CHANNELS);
        this.image = new Mat();
        this.input = new BytePointer(1 << 16);
        this.square = new BytePointer(planeStart(RgbImage.CHANNELS));
        for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
            BytePointer plane = new BytePointer(square).position(planeStart(channel));
            planes.put(channel, new Mat(side, side, opencv_core.CV_8UC1, plane));
        }
    }

    /**
     * Loads OpenCV, if it is not loaded.
     *
     * @throws TandemException ({@link ErrorCode#BACKEND_UNAVAILABLE}) when it cannot be had
     */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        NativeCache.problem().ifPresent(problem -> {
            throw TandemException.failure(
                    ErrorCode.BACKEND_UNAVAILABLE,
                    "shards and WebP",
                    "OpenCV's codecs are not loaded: " + problem,
                    "Class folders of JPEG and PNG work without them",
                    null);
        });
        try {
            NativeCache.liftProcessLimit(Pointer::maxPhysicalBytes);
            // JavaCPP looks for thirty libraries of CUDA first, for a second and more, unless told that no variant of
            // OpenCV is wanted.
            Properties platform = Loader.loadProperties();
            boolean open = platform.putIfAbsent(VARIANT, "") == null;
            try {
                for (Class<?> used : USED) {
                    Loader.load(used);
                }
            } finally {
                if (open) {
                    platform.remove(VARIANT);
                }
            }
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            throw TandemException.failure(
                    ErrorCode.BACKEND_UNAVAILABLE,
                    "shards and WebP",
                    "OpenCV's codecs cannot be loaded: " + e.getMessage(),
                    NativeCache.remedy() + "; class folders of JPEG and PNG work without them",
                    e);
        }
        loaded = true;
    }

    /** Whether a codec costs no more than its own memory. */
    static boolean isLoaded() {
        return loaded;
    }

    /**
     * Decodes a JPEG that we wrote and hands its pixels, three bytes each, to {@code sink}. A disk may fail, so its
     * header is held to the bounds of any other.
     *
     * @param mostPixels that it may have
     * @param squareRows how many rows of the square, from its top, {@code sink} needs: an image that is only cut may
     *     end there
     */
    public ImageInfo readJpeg(byte[] encoded, long mostPixels, int squareRows, BiConsumer<Mat, ImageInfo> sink)
            throws BadImage {
        JpegHeader header = JpegHeader.parse(encoded);
        int width = header.width();
        int height = header.height();
        PixelReader.requireSize(ImageFormat.JPEG, width, height, encoded.length, mostPixels);
        ImageInfo info = new ImageInfo(ImageFormat.JPEG, width, height, header.colour(), header.orientation(), false);
        try {
            long rows = squaring.fits(width, height) ? squaring.offset(height) + squareRows : height;
            decodeTop(encoded, header, (int) Math.min(height, rows + SMOOTHED));
            sink.accept(image, info);
        } catch (RuntimeException e) {
            // OpenCV's exceptions have no class of their own.
            throw PixelReader.damaged(ImageFormat.JPEG, e);
        }
        return info;
    }

    /**
     * Decodes a JPEG that we wrote into {@code square}, {@code (3, side, side)}; the rest is as in {@link #readJpeg}.
     */
    public ImageInfo readSquare(byte[] encoded, long mostPixels, byte[] square) throws BadImage {
        return readJpeg(encoded, mostPixels, side, (pixels, info) -> writeSquare(info, square));
    }

    /**
     * Decodes the first {@code rows}: the header then says that there are no more, and nothing says where the image
     * ends. The last row of blocks cannot be decoded without that end.
     */
    private void decodeTop(byte[] encoded, JpegHeader header, int rows) throws BadImage {
        int end = encoded.length - 2;
        boolean cuts = (rows + BLOCK_ROWS - 1) / BLOCK_ROWS * BLOCK_ROWS < header.height()
                && header.isBaseline(encoded)
                && encoded[end] == (byte) 0xFF
                && encoded[end + 1] == (byte) 0xD9;
        int length = cuts ? end : encoded.length;
        put(encoded, length);
        if (cuts) {
            input.put(header.heightAt(), (byte) (rows >> 8));
            input.put(header.heightAt() + 1L, (byte) rows);
        }
        decodeInput(length, ImageFormat.JPEG, FLAGS);
    }

    /**
     * Decodes an image whose size was checked; what follows is of this image, until the next. OpenCV throws {@link
     * RuntimeException}s.
     */
    public void decode(byte[] encoded, ImageFormat format) throws BadImage {
        put(encoded, encoded.length);
        decodeInput(encoded.length, format, FLAGS);
    }

    /** As {@link #decode}, a JPEG to a part of its size: 1 is all of it, 2 a half, 4 a quarter, 8 an eighth. */
    void decodeScaled(byte[] jpeg, int part) throws BadImage {
        // Whether it is grey is decided by the colours: RGB, of which the name with COLOR would make BGR.
        int flags =
                switch (part) {
                    case 2 -> FLAGS | opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_2;
                    case 4 -> FLAGS | opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_4;
                    case 8 -> FLAGS | opencv_imgcodecs.IMREAD_REDUCED_GRAYSCALE_8;
                    default -> FLAGS;
                };
        put(jpeg, jpeg.length);
        decodeInput(jpeg.length, ImageFormat.JPEG, flags);
    }

    private void decodeInput(int length, ImageFormat format, int flags) throws BadImage {
        try (Mat bytes = new Mat(1, length, opencv_core.CV_8UC1, input);
                Mat decoded = opencv_imgcodecs.imdecode(bytes, flags, image)) {
            if (decoded == null || decoded.empty()) {
                throw new BadImage("a damaged " + format);
            }
        }
    }

    /** Writes the square of the image, of which {@code info} has the size, as {@code (3, side, side)} bytes. */
    public void writeSquare(ImageInfo info, byte[] out) {
        int width = info.width();
        int height = info.height();
        if (squaring.fits(width, height)) {
            int left = (int) squaring.offset(width);
            int top = (int) squaring.offset(height);
            try (Rect centre = new Rect(left, top, side, side);
                    Mat part = new Mat(image, centre)) {
                opencv_core.split(part, planes);
            }
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                square.position(planeStart(channel)).get(out, channel * side * side, side * side);
            }
        } else {
            resampler.resample(pixels(), out);
        }
    }

    /** The image's pixels, until the next. */
    PixelRows pixels() {
        int bytes = Math.multiplyExact(RgbImage.CHANNELS * image.cols(), image.rows());
        pixels = pixels.length >= bytes ? pixels : new byte[bytes];
        image.data().get(pixels, 0, bytes);
        rows = PixelRows.ofInterleaved(pixels, 0, image.cols(), image.rows());
        return rows;
    }

    /** The image, red first, if {@code candidate} are its pixels as they are. */
    Optional<Mat> imageOf(PixelRows candidate) {
        return candidate == rows ? Optional.of(image) : Optional.empty();
    }

    private long planeStart(int channel) {
        return channel * (side * (long) side + PLANE_GAP);
    }

    @Override
    public void close() {
        planes.close();
        square.close();
        image.close();
        input.close();
    }

    private void put(byte[] bytes, int length) {
        if (input.capacity() < length) {
            input.close();
            input = new BytePointer(2L * length);
        }
        input.position(0).put(bytes, 0, length);
    }
}

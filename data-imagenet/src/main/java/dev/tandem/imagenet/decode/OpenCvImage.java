package dev.tandem.imagenet.decode;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.global.opencv_imgproc;
import org.bytedeco.opencv.opencv_core.Mat;
import org.bytedeco.opencv.opencv_core.MatVector;
import org.bytedeco.opencv.opencv_core.Rect;

/**
 * An image in OpenCV's memory on its way into a shard: what is asked of it there takes a few passes of vector
 * instructions, from the first image on. For one thread.
 */
public final class OpenCvImage implements AutoCloseable {
    /** Its channels lie the other way round: blue first, as OpenCV encodes them. */
    private static final int LAST = RgbImage.CHANNELS - 1;

    private final int side;
    private final Mat pixels;
    private final MatVector planes;
    private final BytePointer square;
    private BytePointer whole;

    /** An image whose centre square has {@code side} pixels, as has its shorter side. */
    public OpenCvImage(int side) {
        // Before any of its classes is touched: they would load it in their own, slower way.
        OpenCvCodec.load();
        this.side = side;
        this.pixels = new Mat();
        this.planes = new MatVector(RgbImage.CHANNELS);
        this.whole = new BytePointer(1);
        this.square = new BytePointer(planeStart(RgbImage.CHANNELS, side * (long) side));
        for (int plane = 0; plane < RgbImage.CHANNELS; plane++) {
            try (Mat one = plane(square, plane, side, side)) {
                planes.put(plane, one);
            }
        }
    }

    /** Takes the pixels of {@code rgb}, red first. */
    void put(Mat rgb) {
        opencv_imgproc.cvtColor(rgb, pixels, opencv_imgproc.COLOR_RGB2BGR);
    }

    /** Takes the pixels of {@code image}. */
    public void put(RgbImage image) {
        int length = image.width() * image.height();
        if (whole.capacity() < planeStart(RgbImage.CHANNELS, length)) {
            whole.close();
            whole = new BytePointer(planeStart(RgbImage.CHANNELS, length));
        }
        try (MatVector all = new MatVector(RgbImage.CHANNELS)) {
            for (int plane = 0; plane < RgbImage.CHANNELS; plane++) {
                whole.position(planeStart(plane, length)).put(image.planes(), (LAST - plane) * length, length);
                try (Mat one = plane(whole, plane, image.width(), image.height())) {
                    all.put(plane, one);
                }
            }
            opencv_core.merge(all, pixels);
        }
    }

    /** Writes its centre square as {@code (3, side, side)} bytes: planes of red, green and blue. */
    public void centreSquare(byte[] out) {
        try (Rect centre = new Rect((pixels.cols() - side) / 2, (pixels.rows() - side) / 2, side, side);
                Mat part = new Mat(pixels, centre)) {
            opencv_core.split(part, planes);
        }
        int length = side * side;
        for (int plane = 0; plane < RgbImage.CHANNELS; plane++) {
            square.position(planeStart(plane, length)).get(out, (LAST - plane) * length, length);
        }
    }

    /**
     * The sums of the products of two channels each over the centre square that was written last, exactly: {@code (3,
     * 3)}.
     */
    public long[] channelProducts() {
        long[] products = new long[RgbImage.CHANNELS * RgbImage.CHANNELS];
        for (int i = 0; i < RgbImage.CHANNELS; i++) {
            for (int j = i; j < RgbImage.CHANNELS; j++) {
                // Below 2^53, so that no integer is rounded.
                long product = (long) planes.get(LAST - i).dot(planes.get(LAST - j));
                products[i * RgbImage.CHANNELS + j] = product;
                products[j * RgbImage.CHANNELS + i] = product;
            }
        }
        return products;
    }

    /** Encodes it as a JPEG with 4:2:0 sampling and the standard tables, at a quality of 1 to 100. */
    public byte[] jpeg(int quality) {
        try (BytePointer out = new BytePointer();
                IntPointer parameters = new IntPointer(opencv_imgcodecs.IMWRITE_JPEG_QUALITY, quality)) {
            if (!opencv_imgcodecs.imencode(".jpg", pixels, out, parameters)) {
                throw TandemException.of(
                        ErrorCode.INPUT_OUTPUT,
                        "packing",
                        "an image cannot be encoded",
                        pixels.cols() + "x" + pixels.rows() + " pixels",
                        "a JPEG",
                        "Pack with --encoding raw, and report this as a fault of Tandem");
            }
            byte[] jpeg = new byte[Math.toIntExact(out.limit())];
            out.get(jpeg);
            return jpeg;
        }
    }

    private static Mat plane(BytePointer memory, int plane, int width, int height) {
        long start = planeStart(plane, width * (long) height);
        return new Mat(height, width, opencv_core.CV_8UC1, new BytePointer(memory).position(start));
    }

    private static long planeStart(int plane, long length) {
        return plane * (length + OpenCvCodec.PLANE_GAP);
    }

    @Override
    public void close() {
        planes.close();
        pixels.close();
        square.close();
        whole.close();
    }
}

package dev.tandem.imagenet.decode;

import dev.tandem.imagenet.load.Crop;
import dev.tandem.imagenet.load.CropWriter;
import dev.tandem.imagenet.load.MatCropWriter;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.function.Consumer;

/**
 * Turns the bytes of an image file into RGB bytes of the size that is trained on. How files become pixels is {@link
 * PixelReader}'s; the JPEGs of shards take a quicker way. One decoder serves one thread.
 */
public final class ImageDecoder implements AutoCloseable {
    /** Raised whenever the same bytes begin to give other pixels, so that statistics are computed anew. */
    public static final int REVISION = 2;

    /** Images of more pixels are read in a coarser grid. */
    static final long WHOLE_PIXELS = 100_000_000;

    private static final int MAXIMUM_ASPECT = 16;

    private final int side;
    private final Resampler resampler;
    private final PixelReader reader;
    private boolean turned;
    private OpenCvCodec packedJpegs;
    private MatCropWriter packedCrops;
    private byte[] scratch;

    /** A decoder to squares of {@code side} pixels. */
    public ImageDecoder(int side, ImageOptions options) {
        this.side = side;
        this.reader = new PixelReader(side, options);
        this.resampler = new Resampler(side);
    }

    /** The bytes of one decoded square. */
    public int squareBytes() {
        return 3 * side * side;
    }

    /** Decodes into {@code square}, {@code (3, side, side)}: a plane each of red, green and blue. */
    public ImageInfo decode(byte[] encoded, byte[] square) throws BadImage {
        return read(encoded, pixels -> resampler.resample(pixels, side, side, square));
    }

    /**
     * Decodes the whole image to a shorter side of {@code side} pixels. Of a longer side more than {@value #MAXIMUM_ASPECT}
     * times that, the middle is kept.
     */
    public ImageInfo decode(byte[] encoded, RgbImage out) throws BadImage {
        return read(encoded, pixels -> {
            int shorter = Math.min(pixels.width(), pixels.height());
            int longest = MAXIMUM_ASPECT * side;
            int width = (int) Math.min(longest, Resampler.resized(pixels.width(), shorter, side));
            int height = (int) Math.min(longest, Resampler.resized(pixels.height(), shorter, side));
            resampler.resample(pixels, width, height, out.resize(width, height));
        });
    }

    private ImageInfo read(byte[] encoded, Consumer<PixelRows> sink) throws BadImage {
        turned = false;
        ImageInfo info = reader.read(encoded, sink);
        turned = info.orientation() != 1;
        return info;
    }

    /** Whether the last foreign file said that it is to be turned or mirrored, be that done or not. */
    public boolean isTurned() {
        return turned;
    }

    /** Decodes an image of a shard that we wrote, the quick way. */
    public void decodePacked(byte[] encoded, byte[] square) throws BadImage {
        if (ImageFormat.of(encoded) == ImageFormat.JPEG) {
            readPacked(encoded, codec -> codec.writeSquare(resampler, square));
        } else {
            decode(encoded, square);
        }
    }

    /** Decodes an image of a shard that we wrote and writes a crop of it, always by the same {@code crops}. */
    public void cropPacked(byte[] encoded, CropWriter crops, Crop crop, float[] out, int at) throws BadImage {
        if (ImageFormat.of(encoded) == ImageFormat.JPEG) {
            readPacked(encoded, codec -> {
                if (codec.fits()) {
                    packedCrops(crops).write(codec.image(), crop, out, at);
                } else {
                    codec.writeSquare(resampler, scratch());
                    crops.write(scratch(), crop, out, at);
                }
            });
        } else {
            decode(encoded, scratch());
            crops.write(scratch(), crop, out, at);
        }
    }

    /** Decodes a JPEG of a shard for {@code sink}. A disk may fail, so its header is held to the bounds of any other. */
    private void readPacked(byte[] encoded, Consumer<OpenCvCodec> sink) throws BadImage {
        JpegHeader header = JpegHeader.parse(encoded);
        reader.requireSize(ImageFormat.JPEG, header.width(), header.height(), encoded.length);
        OpenCvCodec codec = packedJpegs();
        try {
            codec.decode(encoded, ImageFormat.JPEG);
            sink.accept(codec);
        } catch (RuntimeException e) {
            // OpenCV's exceptions have no class of their own.
            throw PixelReader.damaged(ImageFormat.JPEG, e);
        }
    }

    private MatCropWriter packedCrops(CropWriter crops) {
        if (packedCrops == null) {
            packedCrops = new MatCropWriter(crops);
        }
        return packedCrops;
    }

    private OpenCvCodec packedJpegs() {
        if (packedJpegs == null) {
            packedJpegs = new OpenCvCodec(side);
        }
        return packedJpegs;
    }

    /** A square of this decoder's own, for one that need not be kept. */
    public byte[] scratch() {
        if (scratch == null) {
            scratch = new byte[squareBytes()];
        }
        return scratch;
    }

    /**
     * What to say where memory does not suffice for an image: that is no fault of the file, and must not change which images
     * are used.
     *
     * @param place of the file, for people
     */
    public static TandemException outOfMemory(String place, OutOfMemoryError e) {
        return TandemException.failure(
                ErrorCode.OUT_OF_MEMORY,
                "image " + place,
                "memory does not suffice to decode it, got "
                        + (Runtime.getRuntime().maxMemory() >> 20) + " MB of Java heap (" + e.getMessage() + ")",
                "Give Java more (-Xmx), use fewer decoding threads, or lower tandem.images.max-pixels",
                e);
    }

    @Override
    public void close() {
        reader.close();
        if (packedJpegs != null) {
            packedJpegs.close();
            packedJpegs = null;
        }
        if (packedCrops != null) {
            packedCrops.close();
            packedCrops = null;
        }
    }
}

package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageDecoder;
import dev.tandem.imagenet.decode.ImageFormat;
import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.Squaring;
import dev.tandem.imagenet.options.ImageOptions;
import org.jspecify.annotations.Nullable;

/**
 * What one thread decodes squares and crops with: {@link ImageDecoder}, which is strict, for foreign files, and {@link
 * PackedJpegs} for the JPEGs of our own shards.
 */
public final class SquareDecoder implements AutoCloseable {
    private final Squaring squaring;
    private final ImageOptions options;
    private final ImageDecoder foreign;
    private PackedJpegs packedJpegs;
    private byte[] scratch;

    /** A decoder to squares that are made as {@code squaring} says. */
    public SquareDecoder(Squaring squaring, ImageOptions options) {
        this.squaring = squaring;
        this.options = options;
        this.foreign = new ImageDecoder(squaring, options);
    }

    /**
     * A decoded image.
     *
     * @param pixels {@code (3, side, side)}: a plane each of red, green and blue
     * @param info what the file was
     */
    public record Square(byte[] pixels, ImageInfo info) {}

    /**
     * Decodes an image.
     *
     * @param packed whether it is of a shard that we wrote
     * @param into takes the pixels; null for memory of the decoder's own, which is valid until its next image
     */
    public Square decode(byte[] encoded, boolean packed, byte @Nullable [] into) throws BadImage {
        byte[] square = into == null ? scratch() : into;
        ImageInfo info =
                isPackedJpeg(encoded, packed) ? packedJpegs().decode(encoded, square) : foreign.decode(encoded, square);
        return new Square(square, info);
    }

    /** Decodes an image of a shard that we wrote and writes a crop of it, always by the same {@code crops}. */
    void cropPacked(byte[] encoded, CropWriter crops, Crop crop, float[] out, int at) throws BadImage {
        if (isPackedJpeg(encoded, true)) {
            packedJpegs().crop(encoded, crops, crop, scratch(), out, at);
        } else {
            foreign.decode(encoded, scratch());
            crops.write(scratch(), crop, out, at);
        }
    }

    private static boolean isPackedJpeg(byte[] encoded, boolean packed) throws BadImage {
        return packed && ImageFormat.of(encoded) == ImageFormat.JPEG;
    }

    private PackedJpegs packedJpegs() {
        if (packedJpegs == null) {
            packedJpegs = new PackedJpegs(squaring, options.maximumPixels());
        }
        return packedJpegs;
    }

    private byte[] scratch() {
        if (scratch == null) {
            scratch = new byte[squaring.bytes()];
        }
        return scratch;
    }

    @Override
    public void close() {
        foreign.close();
        if (packedJpegs != null) {
            packedJpegs.close();
        }
    }
}

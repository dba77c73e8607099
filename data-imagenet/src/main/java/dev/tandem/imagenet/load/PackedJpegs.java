package dev.tandem.imagenet.load;

import dev.tandem.imagenet.decode.BadImage;
import dev.tandem.imagenet.decode.ImageInfo;
import dev.tandem.imagenet.decode.OpenCvCodec;
import dev.tandem.imagenet.decode.Squaring;

/**
 * The quick way from the JPEGs of shards that we wrote to squares, or at once to crops as network inputs. For one
 * thread, which always uses the same {@link CropWriter}.
 */
final class PackedJpegs implements AutoCloseable {
    private final OpenCvCodec codec;
    private final long maximumPixels;
    private MatCropWriter matCrops;

    /** A way to squares that are made as {@code squaring} says, for images of {@code maximumPixels} at most. */
    PackedJpegs(Squaring squaring, long maximumPixels) {
        this.codec = new OpenCvCodec(squaring);
        this.maximumPixels = maximumPixels;
    }

    /** Decodes into {@code square}, {@code (3, side, side)}. */
    ImageInfo decode(byte[] encoded, byte[] square) throws BadImage {
        return codec.readSquare(encoded, maximumPixels, square);
    }

    /**
     * Decodes and writes a crop to {@code out} from {@code at} on; {@code scratch} takes a square that must be resized.
     */
    void crop(byte[] encoded, CropWriter crops, Crop crop, byte[] scratch, float[] out, int at) throws BadImage {
        if (matCrops == null) {
            matCrops = new MatCropWriter(crops);
        }
        codec.readJpeg(encoded, maximumPixels, crop.top + crops.crop(), (image, info) -> {
            if (matCrops.fits(info)) {
                matCrops.write(image, info, crop, out, at);
            } else {
                codec.writeSquare(info, scratch);
                crops.write(scratch, crop, out, at);
            }
        });
    }

    @Override
    public void close() {
        codec.close();
        if (matCrops != null) {
            matCrops.close();
        }
    }
}

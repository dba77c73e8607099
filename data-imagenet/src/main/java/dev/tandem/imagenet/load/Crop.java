package dev.tandem.imagenet.load;

/** Which part of an image becomes a network input, and how it is varied. */
public final class Crop {
    /** Its offset in the image's square, 0 to side - crop. */
    final int top;

    final int left;
    /** Whether the crop, its mean subtracted, is mirrored left to right. */
    final boolean reflected;
    /** Added to each channel's pixels, on the scale 0 to 255. */
    final float[] noise;

    Crop(int top, int left, boolean reflected, float[] noise) {
        this.top = top;
        this.left = left;
        this.reflected = reflected;
        this.noise = noise;
    }
}

package dev.tandem.imagenet.decode;

/**
 * One side of a decoded image: how many pixels it has, and how long the file's own is in these. They differ where an
 * image is decoded to a part of its size that does not go into it: the last pixel then lies over the edge in part.
 *
 * @param pixels that can be read
 * @param fileLength pixels of the file's image
 * @param part of which part of the file's size these are: 1 is all of it, 2 a half
 * @param reversed whether it is mirrored, so that it is the first pixel that lies over the edge
 */
record Axis(int pixels, int fileLength, int part, boolean reversed) {
    /** A side that is decoded in full. */
    static Axis whole(int pixels) {
        return new Axis(pixels, pixels, 1, false);
    }

    /** The same side the other way round, or not. */
    Axis reversedIf(boolean other) {
        return new Axis(pixels, fileLength, part, reversed != other);
    }

    /** Its length in decoded pixels. */
    double length() {
        return (double) fileLength / part;
    }

    /** Where it begins, in decoded pixels. */
    double start() {
        return reversed ? pixels - length() : 0;
    }
}

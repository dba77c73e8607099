package dev.tandem.analysis.nearest;

/**
 * An image of a gallery, as it was when its features were computed.
 *
 * @param name its path in the gallery's folder
 * @param bytes the length of its file
 * @param changed when the file was last changed, in milliseconds since 1970
 * @param row the row of its features; -1 if it has none
 * @param squares the sum of the squares of its features
 * @param reason why it has no features; empty if it has some
 */
record GalleryImage(String name, long bytes, long changed, int row, double squares, String reason) {
    boolean hasFeatures() {
        return row >= 0;
    }
}

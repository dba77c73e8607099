package dev.tandem.imagenet.decode;

/**
 * An image whose header was read by us before any library sees it: every length in it lies within the file.
 *
 * @param bytes what may be handed to a library: of a file's parts only those that make pixels
 * @param width and {@code height}: in pixels, 1 or more; as stored
 * @param orientation EXIF's, 1 to 8; 1 if there is none
 */
record VettedImage(byte[] bytes, int width, int height, int orientation) {}

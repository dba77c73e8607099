package dev.tandem.imagenet.decode;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Set;

/** The chunks of a PNG file (its specification, section 5): only those that make pixels reach the Java runtime. */
final class PngChunks {
    private static final int SIGNATURE = 8;
    /** Length, type and checksum. */
    private static final int FRAME = 12;

    private static final int HEADER = 0x49484452;
    private static final int DATA = 0x49444154;
    private static final int EXIF = 0x65584966;
    private static final int PALETTE_COLOUR = 3;
    private static final Set<Integer> PIXELS = Set.of(HEADER, 0x504C5445, 0x74524E53, DATA, 0x49454E44);

    private PngChunks() {}

    /** Checks a file that begins as a PNG does. */
    static VettedImage vet(byte[] bytes) throws BadImage {
        ByteBuffer fields = ByteBuffer.wrap(bytes);
        if (bytes.length < SIGNATURE + FRAME + 13 || fields.getInt(8) != 13 || fields.getInt(12) != HEADER) {
            throw new BadImage("a truncated or damaged PNG: it has no header chunk");
        }
        // Of other files the Java runtime passes over all that is no pixel by itself.
        boolean filtered = bytes[25] == PALETTE_COLOUR;
        ByteArrayOutputStream kept = new ByteArrayOutputStream(filtered ? bytes.length : 0);
        kept.write(bytes, 0, filtered ? SIGNATURE : 0);
        boolean data = false;
        int orientation = 1;
        int at = SIGNATURE;
        while (at + FRAME <= bytes.length) {
            long length = fields.getInt(at) & 0xFFFFFFFFL;
            int type = fields.getInt(at + 4);
            data |= type == DATA;
            if (length > bytes.length - at - FRAME) {
                if (!data) {
                    throw new BadImage("a truncated or damaged PNG: a chunk is longer than the file");
                }
                break; // the reader fails if the data up to here do not suffice
            }
            int end = at + FRAME + (int) length;
            if (type == EXIF) {
                orientation = Exif.orientation(bytes, at + 8, end - 4);
            }
            if (filtered && PIXELS.contains(type)) {
                kept.write(bytes, at, end - at);
            }
            at = end;
        }
        kept.write(bytes, at, filtered ? bytes.length - at : 0);
        return new VettedImage(
                filtered ? kept.toByteArray() : bytes, fields.getInt(16), fields.getInt(20), orientation);
    }
}

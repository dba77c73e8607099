package dev.tandem.imagenet.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The one thing of EXIF metadata that concerns pixels. */
final class Exif {
    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY = 12;

    private Exif() {}

    /** The orientation that the TIFF structure in {@code bytes[from, end)} states, 1 to 8; 1 if it states none. */
    static int orientation(byte[] bytes, int from, int end) {
        if (end - from < 8) {
            return 1;
        }
        ByteBuffer tiff = ByteBuffer.wrap(bytes, from, end - from).slice();
        if (tiff.getShort(0) == 0x4949) {
            tiff.order(ByteOrder.LITTLE_ENDIAN);
        } else if (tiff.getShort(0) != 0x4D4D) {
            return 1;
        }
        long directory = tiff.getInt(4) & 0xFFFFFFFFL;
        if (tiff.getShort(2) != 42 || directory + 2 > tiff.limit()) {
            return 1;
        }
        int entries = tiff.getShort((int) directory) & 0xFFFF;
        for (int i = 0; i < entries; i++) {
            long at = directory + 2 + (long) ENTRY * i;
            if (at + ENTRY > tiff.limit()) {
                return 1;
            }
            if ((tiff.getShort((int) at) & 0xFFFF) == ORIENTATION && tiff.getShort((int) at + 2) == SHORT) {
                int value = tiff.getShort((int) at + 8);
                return value >= 1 && value <= 8 ? value : 1;
            }
        }
        return 1;
    }
}

package dev.tandem.imagenet.decode;

import java.io.ByteArrayOutputStream;

/**
 * The blocks of a GIF file: its first image is all that the Java runtime sees. Comments and the like are left out: they
 * would be joined block by block, which takes hours if there are many.
 */
final class GifBlocks {
    private static final int SCREEN = 13;
    private static final int DESCRIPTOR = 10;
    private static final int EXTENSION = 0x21;
    private static final int GRAPHIC_CONTROL = 0xF9;
    private static final int IMAGE = 0x2C;

    private GifBlocks() {}

    /** Checks a file that begins as a GIF does. */
    static VettedImage vet(byte[] bytes) throws BadImage {
        if (bytes.length < SCREEN) {
            throw truncated();
        }
        int flags = bytes[10];
        int at = SCREEN + ((flags & 0x80) == 0 ? 0 : 3 << (flags & 7) + 1);
        ByteArrayOutputStream kept = new ByteArrayOutputStream(bytes.length);
        kept.write(bytes, 0, Math.min(at, bytes.length));
        while (at + DESCRIPTOR <= bytes.length) {
            int kind = bytes[at] & 0xFF;
            if (kind == IMAGE) {
                kept.write(bytes, at, bytes.length - at);
                return new VettedImage(kept.toByteArray(), unsigned16(bytes, at + 5), unsigned16(bytes, at + 7), 1);
            }
            if (kind != EXTENSION) {
                throw new BadImage("a damaged GIF, or one without an image");
            }
            int end = endOfBlocks(bytes, at + 2);
            if ((bytes[at + 1] & 0xFF) == GRAPHIC_CONTROL) {
                kept.write(bytes, at, end - at);
            }
            at = end;
        }
        throw truncated();
    }

    /** Behind the blocks from {@code at} on: each begins with its length, and one of length 0 is the last. */
    private static int endOfBlocks(byte[] bytes, int at) throws BadImage {
        int next = at;
        while (next < bytes.length && bytes[next] != 0) {
            next += 1 + (bytes[next] & 0xFF);
        }
        if (next >= bytes.length) {
            throw truncated();
        }
        return next + 1;
    }

    private static BadImage truncated() {
        return new BadImage("a truncated GIF: it ends before its first image");
    }

    private static int unsigned16(byte[] bytes, int at) {
        return bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8;
    }
}

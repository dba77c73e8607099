package dev.tandem.imagenet.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The header of a BMP file: its lengths are compared with the file's before the Java runtime uses them. */
final class BmpHeader {
    private static final int FILE_HEADER = 14;
    private static final int OS2 = 12;
    private static final int WINDOWS_3 = 40;
    private static final int WINDOWS_5 = 124;
    private static final int RLE_8 = 1;
    private static final int RLE_4 = 2;
    private static final int BITFIELDS = 3;
    private static final int EMBEDDED_JPEG = 4;
    private static final int EMBEDDED_PNG = 5;
    private static final int COLOUR_SPACE = FILE_HEADER + 56;
    private static final int EMBEDDED_PROFILE = 0x4D424544;
    private static final int LINKED_PROFILE = 0x4C494E4B;
    private static final int SRGB = 0x73524742;

    private final byte[] bytes;
    private final ByteBuffer fields;
    private final long pixelsAt;
    private final long headerSize;

    private BmpHeader(byte[] bytes) throws BadImage {
        this.bytes = bytes;
        this.fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.pixelsAt = unsigned(10);
        this.headerSize = unsigned(FILE_HEADER);
        boolean known = headerSize == OS2
                || headerSize == WINDOWS_3
                || headerSize == 52
                || headerSize == 56
                || headerSize == 108
                || headerSize == WINDOWS_5;
        if (!known) {
            throw new BadImage("a BMP with a header of " + headerSize + " bytes, which is not supported; convert it");
        }
        if (FILE_HEADER + headerSize > bytes.length || pixelsAt > bytes.length) {
            throw new BadImage("a truncated BMP: its header or pixels begin behind the end of the file");
        }
        if (pixelsAt < FILE_HEADER + headerSize) {
            throw new BadImage("a damaged BMP: its pixels begin within its header");
        }
    }

    /** Checks a file that begins as a BMP does. */
    static VettedImage vet(byte[] bytes) throws BadImage {
        BmpHeader header = new BmpHeader(bytes);
        return header.headerSize == OS2 ? header.vetOs2() : header.vetWindows();
    }

    private VettedImage vetOs2() throws BadImage {
        int width = fields.getShort(18);
        int height = fields.getShort(20);
        requireRows(width, height, fields.getShort(24) & 0xFFFF);
        return new VettedImage(bytes, width, height, 1);
    }

    private VettedImage vetWindows() throws BadImage {
        int width = fields.getInt(18);
        // Rows from the top downwards are marked by a height below zero.
        int height = Math.abs(fields.getInt(22));
        int bits = fields.getShort(28) & 0xFFFF;
        long compression = unsigned(30);
        if (compression == EMBEDDED_JPEG || compression == EMBEDDED_PNG) {
            throw new BadImage("a BMP with a JPEG or PNG inside, which is not supported; convert it to PNG");
        }
        if (compression == RLE_8 || compression == RLE_4) {
            long coded = unsigned(34) == 0 ? unsigned(2) - pixelsAt : unsigned(34);
            if (coded < 0 || coded > bytes.length - pixelsAt) {
                throw new BadImage("a truncated BMP: its coded pixels are longer than the file");
            }
        } else {
            requireRows(width, height, bits);
        }
        if (compression == BITFIELDS && headerSize == WINDOWS_3 && 4 * unsigned(46) > bytes.length) {
            throw new BadImage("a damaged BMP: its palette is longer than the file");
        }
        return new VettedImage(withoutProfile(), width, height, 1);
    }

    private void requireRows(int width, int height, int bits) throws BadImage {
        long used = ((long) width * bits + 7) / 8;
        long row = ((long) width * bits + 31) / 32 * 4;
        if (width > 0 && height > 0 && row * (height - 1L) + used > bytes.length - pixelsAt) {
            throw new BadImage(
                    "a truncated BMP: too short for " + width + "x" + height + " pixels of " + bits + " bits");
        }
    }

    /** Colour profiles are not applied, and may be of any length or even name another file. */
    private byte[] withoutProfile() {
        int space = headerSize == WINDOWS_5 ? fields.getInt(COLOUR_SPACE) : SRGB;
        if (space != EMBEDDED_PROFILE && space != LINKED_PROFILE) {
            return bytes;
        }
        byte[] copy = bytes.clone();
        ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putInt(COLOUR_SPACE, SRGB);
        return copy;
    }

    private long unsigned(int at) throws BadImage {
        if (at + 4 > bytes.length) {
            throw new BadImage("a truncated BMP: it ends within its header");
        }
        return fields.getInt(at) & 0xFFFFFFFFL;
    }
}

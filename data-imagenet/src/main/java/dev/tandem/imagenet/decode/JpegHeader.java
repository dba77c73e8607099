package dev.tandem.imagenet.decode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * The markers of a JPEG file before its first scan (ITU-T T.81, annex B): enough to refuse a file that cannot be
 * decoded before memory is taken, and to find what the decoded samples mean.
 *
 * @param heightAt where the two bytes of the height are
 */
record JpegHeader(int width, int height, int heightAt, Colour colour, int orientation) {
    private static final int START_OF_SCAN = 0xDA;
    private static final int END_OF_IMAGE = 0xD9;
    private static final int BASELINE = 0xC0;
    private static final int DEFINE_HUFFMAN = 0xC4;
    private static final int EXTENSION = 0xC8;
    private static final int DEFINE_ARITHMETIC = 0xCC;
    private static final int APP0 = 0xE0;
    private static final int APP1 = 0xE1;
    private static final int APP14 = 0xEE;

    private static final int MAXIMUM_SCANS = 200;
    /** As many as any program writes, and some more: the pixels that go through so few scans are not counted. */
    private static final int USUAL_SCANS = 16;

    private static final long MAXIMUM_SCANNED_PIXELS = 2_000_000_000L;
    /** Libraries keep an object of each; extended metadata of 64 MB take a thousand. */
    private static final int MAXIMUM_SEGMENTS = 10_000;

    /** What the samples of a pixel mean. */
    enum Colour {
        GREY,
        RGB,
        /** Luminance and colour differences (JFIF). */
        YCC,
        /** Amounts of ink. */
        CMYK,
        /** 255 less the amounts of ink, as Adobe's programs write them. */
        CMYK_INVERTED,
        /** The first three, converted like {@link #YCC}, are amounts of ink; the fourth is 255 less the black ink. */
        YCCK_INVERTED
    }

    /** Reads the markers up to the first scan. */
    static JpegHeader parse(byte[] bytes) throws BadImage {
        int frame = -1;
        boolean jfif = false;
        int adobeTransform = -1;
        int orientation = 1;
        int at = 2;
        for (int segments = 0; ; segments++) {
            if (segments > MAXIMUM_SEGMENTS) {
                throw new BadImage("a JPEG of more than " + MAXIMUM_SEGMENTS + " segments before its image data");
            }
            // Bytes that belong to no segment are passed over, as libjpeg does.
            while (at + 1 < bytes.length && !isMarker(bytes, at)) {
                at++;
            }
            if (at + 4 > bytes.length) {
                throw new BadImage("a truncated JPEG: it ends before the image data");
            }
            int marker = bytes[at + 1] & 0xFF;
            at += 2;
            if (marker == END_OF_IMAGE) {
                throw new BadImage("a JPEG without image data");
            }
            if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
                continue;
            }
            int length = unsigned16(bytes, at);
            if (length < 2 || at + length > bytes.length) {
                throw new BadImage("a truncated JPEG: a segment is longer than the file");
            }
            if (marker == START_OF_SCAN) {
                break;
            }
            if (isFrame(marker)) {
                requireDecodable(marker);
                if (length < 8 || length < 8 + 3 * (bytes[at + 7] & 0xFF)) {
                    throw new BadImage("a damaged JPEG: its frame header is too short");
                }
                if (frame >= 0) {
                    throw new BadImage("a damaged JPEG: it has two frame headers");
                }
                frame = at;
            } else if (marker == APP0) {
                jfif |= startsWith(bytes, at + 2, length - 2, "JFIF");
            } else if (marker == APP1 && orientation == 1 && startsWith(bytes, at + 2, length - 2, "Exif\0\0")) {
                orientation = Exif.orientation(bytes, at + 8, at + length);
            } else if (marker == APP14 && length >= 14 && startsWith(bytes, at + 2, length - 2, "Adobe")) {
                adobeTransform = bytes[at + 13] & 0xFF;
            }
            at += length;
        }
        if (frame < 0) {
            throw new BadImage("a damaged JPEG: it has no frame header");
        }
        if (bytes[frame + 2] != 8) {
            throw new BadImage("a JPEG of " + bytes[frame + 2] + " bits a sample; 8 are supported");
        }
        int width = unsigned16(bytes, frame + 5);
        int height = unsigned16(bytes, frame + 3);
        requireFewScans(bytes, at, (long) width * height);
        return new JpegHeader(width, height, frame + 3, colour(bytes, frame, jfif, adobeTransform), orientation);
    }

    /** Whether it is sequential, in Huffman's code. */
    boolean isBaseline(byte[] bytes) {
        return bytes[heightAt - 4] == (byte) BASELINE;
    }

    /**
     * Each scan goes over the whole image: a small file of many scans would take hours.
     *
     * @param from where the first scan's header is, behind its marker
     */
    private static void requireFewScans(byte[] bytes, int from, long pixels) throws BadImage {
        long scans = 1;
        int at = from + unsigned16(bytes, from);
        for (at = nextOnes(bytes, at); at + 4 <= bytes.length && !isEnd(bytes, at); at = nextOnes(bytes, at)) {
            int marker = bytes[at + 1] & 0xFF;
            if (!isMarker(bytes, at) || isRestart(marker)) {
                at++;
            } else {
                scans += marker == START_OF_SCAN ? 1 : 0;
                at += 2 + unsigned16(bytes, at + 2);
            }
        }
        if (scans > MAXIMUM_SCANS || scans > USUAL_SCANS && scans * pixels > MAXIMUM_SCANNED_PIXELS) {
            throw new BadImage("a JPEG of too many scans: " + scans + " over " + pixels + " pixels");
        }
    }

    /**
     * Where the next byte 0xFF is, by which markers begin; the end if there is none. Eight bytes are looked at at once.
     */
    static int nextOnes(byte[] bytes, int from) {
        int at = Math.min(from, bytes.length);
        ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (; at + Long.BYTES <= bytes.length; at += Long.BYTES) {
            long inverse = ~words.getLong(at);
            // The lowest bit that is set stands in the first byte of the inverse that is zero.
            long zeros = (inverse - 0x0101010101010101L) & ~inverse & 0x8080808080808080L;
            if (zeros != 0) {
                return at + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
            }
        }
        while (at < bytes.length && bytes[at] != (byte) 0xFF) {
            at++;
        }
        return at;
    }

    private static boolean isEnd(byte[] bytes, int at) {
        return bytes[at] == (byte) 0xFF && (bytes[at + 1] & 0xFF) == END_OF_IMAGE;
    }

    private static boolean isRestart(int marker) {
        return marker == 0x01 || marker >= 0xD0 && marker <= 0xD7;
    }

    /** The rules of libjpeg, which other decoders follow too. */
    private static Colour colour(byte[] bytes, int frame, boolean jfif, int adobeTransform) throws BadImage {
        int components = bytes[frame + 7] & 0xFF;
        return switch (components) {
            case 1 -> Colour.GREY;
            case 3 -> {
                boolean named = bytes[frame + 8] == 'R' && bytes[frame + 11] == 'G' && bytes[frame + 14] == 'B';
                boolean rgb = !jfif && (adobeTransform == 0 || (adobeTransform < 0 && named));
                yield rgb ? Colour.RGB : Colour.YCC;
            }
            case 4 -> {
                if (adobeTransform < 0) {
                    yield Colour.CMYK;
                }
                yield adobeTransform == 2 ? Colour.YCCK_INVERTED : Colour.CMYK_INVERTED;
            }
            default -> throw new BadImage("a JPEG of " + components + " colour components; 1, 3 and 4 are supported");
        };
    }

    /** Some Java runtimes can decode arithmetic coding and some cannot; a data set must not depend on that. */
    private static void requireDecodable(int marker) throws BadImage {
        String coding = "a JPEG with %s (SOF%d), which is not supported";
        int type = marker - 0xC0;
        if (type > 8) {
            throw new BadImage(String.format(Locale.ROOT, coding, "arithmetic coding", type));
        }
        if (type == 3) {
            throw new BadImage(String.format(Locale.ROOT, coding, "lossless coding", type));
        }
        if (type > 4) {
            throw new BadImage(String.format(Locale.ROOT, coding, "hierarchical coding", type));
        }
    }

    private static boolean isFrame(int marker) {
        return marker >= 0xC0
                && marker <= 0xCF
                && marker != DEFINE_HUFFMAN
                && marker != EXTENSION
                && marker != DEFINE_ARITHMETIC;
    }

    private static boolean isMarker(byte[] bytes, int at) {
        return bytes[at] == (byte) 0xFF && bytes[at + 1] != 0 && bytes[at + 1] != (byte) 0xFF;
    }

    private static boolean startsWith(byte[] bytes, int at, int length, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (i >= length || bytes[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int unsigned16(byte[] bytes, int at) {
        return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
    }
}

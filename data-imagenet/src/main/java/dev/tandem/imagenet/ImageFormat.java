package dev.tandem.imagenet;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The formats that are read, told by a file's first bytes, never by its name. */
enum ImageFormat {
    JPEG,
    PNG,
    GIF,
    BMP,
    /** Binary portable pixmap, as shards of raw pixels hold. */
    PPM;

    /** The format of {@code bytes}; what is often found in an image's place is refused by its name. */
    static ImageFormat of(byte[] bytes) throws BadImage {
        if (bytes.length == 0) {
            throw new BadImage("the file is empty");
        }
        String head = new String(bytes, 0, Math.min(bytes.length, 512), StandardCharsets.ISO_8859_1);
        if (head.startsWith("\u00FF\u00D8\u00FF")) {
            return JPEG;
        }
        if (head.startsWith("\u0089PNG\r\n\u001A\n")) {
            return PNG;
        }
        if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) {
            return GIF;
        }
        if (head.startsWith("BM") && bytes.length > 26) {
            return BMP;
        }
        if (head.startsWith("P6\n")) {
            return PPM;
        }
        throw new BadImage(refusal(head));
    }

    static boolean isGzip(byte[] bytes) {
        return bytes.length > 2 && bytes[0] == 0x1F && bytes[1] == (byte) 0x8B;
    }

    private static String refusal(String head) {
        if (head.startsWith("\u001F\u008B")) {
            return "gzip data in gzip data";
        }
        if (head.startsWith("PK\u0003\u0004")) {
            return "a zip archive; unpack it first";
        }
        if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) {
            return "a WebP image, which is not supported; convert it to JPEG or PNG";
        }
        if (head.startsWith("II*\0") || head.startsWith("MM\0*")) {
            return "a TIFF image, which is not supported; convert it to JPEG or PNG";
        }
        if (head.startsWith("ftyp", 4)) {
            return "a HEIF or AVIF image or a film, which is not supported; convert it to JPEG or PNG";
        }
        String text = head.stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html")) {
            return "an HTML page, perhaps a failed download's";
        }
        return "no image: its first bytes are those of no JPEG, PNG, GIF or BMP";
    }
}

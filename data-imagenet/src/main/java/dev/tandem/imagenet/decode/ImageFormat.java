package dev.tandem.imagenet.decode;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The formats that are read. A file's format is found by its first bytes, never by its name. */
public enum ImageFormat {
    JPEG,
    PNG,
    GIF,
    BMP,
    TIFF,
    WEBP,
    /** Binary portable pixmap, as shards of raw pixels hold. */
    PPM;

    /** The format of {@code bytes}; what is often found in an image's place is refused by its name. */
    public static ImageFormat of(byte[] bytes) throws BadImage {
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
        if (head.startsWith("II*\0") || head.startsWith("MM\0*")) {
            return TIFF;
        }
        if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) {
            return WEBP;
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
        if (head.startsWith("ftyp", 4)) {
            return film(head.substring(8));
        }
        if (head.startsWith("\0\0\0\fjP  ") || head.startsWith("\u00FF\u004F\u00FF\u0051")) {
            return unsupported("JPEG 2000", "magick a.jp2 a.png");
        }
        if (head.startsWith("\0\0\0\fJXL ") || head.startsWith("\u00FF\n")) {
            return unsupported("JPEG XL", "djxl a.jxl a.png");
        }
        if (head.startsWith("8BPS")) {
            return unsupported("Photoshop", "magick 'a.psd[0]' a.png");
        }
        if (head.startsWith("II+\0") || head.startsWith("MM\0+")) {
            return unsupported("BigTIFF", "magick a.tif a.png");
        }
        if (head.startsWith("\0\0\1\0")) {
            return unsupported("ICO", "magick 'a.ico[0]' a.png");
        }
        if (head.startsWith("%PDF")) {
            return "a PDF document; take its pictures out, such as with pdfimages -all a.pdf a";
        }
        String text = head.stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype html") || text.startsWith("<html")) {
            return "an HTML page, perhaps a failed download's";
        }
        if (text.startsWith("<svg") || text.startsWith("<?xml") && text.contains("<svg")) {
            return unsupported("SVG", "magick a.svg a.png");
        }
        return "no image: its first bytes are those of no JPEG, PNG, WebP, TIFF, GIF or BMP";
    }

    /** What begins with a box of brands is a photograph in a film's container, or a film. */
    private static String film(String brands) {
        if (brands.startsWith("avif") || brands.startsWith("avis")) {
            return unsupported("AVIF", "avifdec a.avif a.png");
        }
        String brand = brands.substring(0, Math.min(4, brands.length()));
        if (List.of("heic", "heix", "heim", "heis", "hevc", "mif1", "msf1").contains(brand)) {
            return unsupported("HEIC", "heif-convert a.heic a.jpg");
        }
        return "a film; take single pictures out of it, such as with ffmpeg -i a.mp4 -vf fps=1 a-%d.png";
    }

    private static String unsupported(String format, String command) {
        return (format.equals("AVIF") || format.equals("ICO") ? "an " : "a ") + format
                + " image, which is not supported; convert it to JPEG or PNG, such as with " + command;
    }
}

package dev.tandem.imagenet.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a decoded file was.
 *
 * @param format by its first bytes
 * @param width and {@code height}: as stored
 * @param colour what a JPEG's samples meant; null for other formats
 * @param orientation EXIF's, 1 to 8; 1 if there is none
 * @param gzipped whether it had to be unpacked first
 */
public record ImageInfo(
        ImageFormat format,
        int width,
        int height,
        JpegHeader.@Nullable Colour colour,
        int orientation,
        boolean gzipped) {
    private static final String TURNED = "EXIF orientation ";

    /** What is unusual about it, if it is called {@code name}; empty if nothing is. */
    public String oddity(String name) {
        List<String> odd = new ArrayList<>();
        String lower = name.toLowerCase(Locale.ROOT);
        if (gzipped) {
            odd.add("gzipped");
        }
        if (format != ImageFormat.JPEG && (lower.endsWith(".jpeg") || lower.endsWith(".jpg"))) {
            odd.add(format + " data");
        }
        if (colour == JpegHeader.Colour.RGB) {
            odd.add("RGB JPEG");
        } else if (colour == JpegHeader.Colour.YCCK_INVERTED) {
            odd.add("YCCK JPEG");
        } else if (colour == JpegHeader.Colour.CMYK || colour == JpegHeader.Colour.CMYK_INVERTED) {
            odd.add("CMYK JPEG");
        }
        if (orientation != 1) {
            odd.add(TURNED + orientation);
        }
        return String.join(", ", odd);
    }

    /** The orientation that an {@code oddity} names, 2 to 8; 1 if it names none. */
    public static int orientationOf(String oddity) {
        int at = oddity == null ? -1 : oddity.indexOf(TURNED);
        int digit = at < 0 || at + TURNED.length() >= oddity.length() ? '1' : oddity.charAt(at + TURNED.length());
        return digit >= '1' && digit <= '8' ? digit - '0' : 1;
    }
}

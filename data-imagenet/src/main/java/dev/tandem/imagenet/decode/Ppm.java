package dev.tandem.imagenet.decode;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Binary portable pixmaps of eight bits, as shards of raw pixels hold them: a line of text each, then the pixels. */
public final class Ppm {
    private static final Pattern HEADER = Pattern.compile("P6\\n(\\d{1,5}) (\\d{1,5})\\n255\\n");
    private static final int LONGEST_HEADER = 20;

    private Ppm() {}

    public static byte[] write(RgbImage image) {
        return write(image.planes(), image.width(), image.height());
    }

    /** The pixmap of {@code (3, height, width)} bytes: planes of red, green and blue. */
    public static byte[] write(byte[] planes, int width, int height) {
        String header = "P6\n" + width + " " + height + "\n255\n";
        int plane = width * height;
        byte[] bytes = new byte[header.length() + RgbImage.CHANNELS * plane];
        System.arraycopy(header.getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, header.length());
        for (int i = 0, to = header.length(); i < plane; i++, to += RgbImage.CHANNELS) {
            bytes[to] = planes[i];
            bytes[to + 1] = planes[plane + i];
            bytes[to + 2] = planes[2 * plane + i];
        }
        return bytes;
    }

    static PixelRows read(byte[] bytes) throws BadImage {
        String head = new String(bytes, 0, Math.min(bytes.length, LONGEST_HEADER), StandardCharsets.ISO_8859_1);
        Matcher header = HEADER.matcher(head);
        if (!header.lookingAt()) {
            throw new BadImage("a PPM file whose header has comments or more than eight bits; use another format");
        }
        int width = Integer.parseInt(header.group(1));
        int height = Integer.parseInt(header.group(2));
        if (bytes.length - header.end() < 3L * width * height) {
            throw new BadImage("a truncated PPM file");
        }
        return PixelRows.ofInterleaved(bytes, header.end(), width, height);
    }
}

package dev.tandem.imagenet.decode;

import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;

/**
 * The pixels of a decoded image as rows of RGB, 0 to 255. Samples are taken as they are stored: grey is repeated, alpha
 * and colour profiles are left aside, as Pillow's {@code convert("RGB")} and so torchvision do. (Java's own {@code
 * getRGB} would brighten grey images by a gamma curve.) Sixteen bits become eight by rounding.
 */
abstract class PixelRows {
    // The factors of JFIF's conversion, section 7, as 16.16 fixed-point numbers.
    private static final int CR_TO_RED = 91881;
    private static final int CB_TO_GREEN = 22554;
    private static final int CR_TO_GREEN = 46802;
    private static final int CB_TO_BLUE = 116130;

    private final Axis across;
    private final Axis down;

    private PixelRows(int width, int height) {
        this(Axis.whole(width), Axis.whole(height));
    }

    private PixelRows(Axis across, Axis down) {
        this.across = across;
        this.down = down;
    }

    Axis across() {
        return across;
    }

    Axis down() {
        return down;
    }

    int width() {
        return across.pixels();
    }

    int height() {
        return down.pixels();
    }

    /** The length of the file's shorter side. */
    int shorter() {
        return Math.min(across.fileLength(), down.fileLength());
    }

    /** The same pixels as those of an image of {@code fileWidth x fileHeight} that was decoded to a part of its size. */
    PixelRows ofPart(int part, int fileWidth, int fileHeight) {
        if (part == 1) {
            return this;
        }
        PixelRows decoded = this;
        return new PixelRows(new Axis(width(), fileWidth, part, false), new Axis(height(), fileHeight, part, false)) {
            @Override
            void read(int x, int y, int columns, int rows, float[][] rgb) {
                decoded.read(x, y, columns, rows, rgb);
            }
        };
    }

    /**
     * Reads {@code columns} pixels of each of {@code rows} rows, one after the other, from pixel {@code (x, y)} on; one
     * of both is 1. {@code rgb} is an array a channel.
     */
    abstract void read(int x, int y, int columns, int rows, float[][] rgb);

    /** The same image, turned and mirrored by EXIF's {@code orientation}, 1 to 8. */
    PixelRows oriented(int orientation) {
        if (orientation == 1) {
            return this;
        }
        PixelRows stored = this;
        boolean swapped = orientation >= 5;
        // EXIF 2.3, tag 274: which side of the stored image becomes the first row, and which the first column.
        boolean fromRight = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
        boolean fromBottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
        Axis columnsAcross = across.reversedIf(fromRight);
        Axis rowsDown = down.reversedIf(fromBottom);
        return new PixelRows(swapped ? rowsDown : columnsAcross, swapped ? columnsAcross : rowsDown) {
            @Override
            void read(int x, int y, int columns, int rows, float[][] rgb) {
                int storedColumns = swapped ? rows : columns;
                int storedRows = swapped ? columns : rows;
                int left = swapped ? y : x;
                int top = swapped ? x : y;
                int fromX = fromRight ? stored.width() - left - storedColumns : left;
                int fromY = fromBottom ? stored.height() - top - storedRows : top;
                stored.read(fromX, fromY, storedColumns, storedRows, rgb);
                if (storedColumns > 1 ? fromRight : fromBottom) {
                    reverse(columns * rows, rgb);
                }
            }
        };
    }

    private static void reverse(int count, float[][] rgb) {
        for (float[] row : rgb) {
            for (int i = 0, j = count - 1; i < j; i++, j--) {
                float kept = row[i];
                row[i] = row[j];
                row[j] = kept;
            }
        }
    }

    /** The samples of a JPEG, not yet converted. */
    static PixelRows ofJpeg(Raster raster, JpegHeader.Colour colour) {
        int bands = raster.getNumBands();
        byte[] samples = new byte[bands * longerSide(raster)];
        return new PixelRows(raster.getWidth(), raster.getHeight()) {
            @Override
            void read(int x, int y, int columns, int rows, float[][] rgb) {
                raster.getDataElements(x, y, columns, rows, samples);
                int count = columns * rows;
                switch (colour) {
                    case GREY -> copy(samples, 1, count, 0, 0, 0, rgb);
                    case RGB -> copy(samples, bands, count, 0, 1, 2, rgb);
                    case YCC -> convertYcc(samples, bands, count, rgb);
                    case CMYK -> {
                        for (int i = 0; i < count * bands; i++) {
                            samples[i] = (byte) ~samples[i];
                        }
                        copy(samples, bands, count, 0, 1, 2, rgb);
                        darken(samples, count, rgb);
                    }
                    case CMYK_INVERTED -> {
                        copy(samples, bands, count, 0, 1, 2, rgb);
                        darken(samples, count, rgb);
                    }
                    case YCCK_INVERTED -> {
                        convertYcc(samples, bands, count, rgb);
                        invert(count, rgb);
                        darken(samples, count, rgb);
                    }
                }
            }
        };
    }

    /** Pixels of three bytes, row after row, from {@code start} on. */
    static PixelRows ofInterleaved(byte[] pixels, int start, int width, int height) {
        return new PixelRows(width, height) {
            @Override
            void read(int x, int y, int columns, int rows, float[][] rgb) {
                int at = start + 3 * (y * width + x);
                int step = rows > 1 ? 3 * width : 3;
                copy(pixels, step, columns * rows, at, at + 1, at + 2, rgb);
            }
        };
    }

    /** The pixels of an image of any other format. */
    static PixelRows ofImage(BufferedImage image) {
        int type = image.getRaster().getTransferType();
        boolean stored = image.getColorModel() instanceof ComponentColorModel;
        if (stored && type == DataBuffer.TYPE_BYTE) {
            return ofBytes(image.getRaster());
        }
        if (stored && type == DataBuffer.TYPE_USHORT) {
            return ofShorts(image.getRaster());
        }
        int[] packed = new int[Math.max(image.getWidth(), image.getHeight())];
        return new PixelRows(image.getWidth(), image.getHeight()) {
            @Override
            void read(int x, int y, int columns, int rows, float[][] rgb) {
                image.getRGB(x, y, columns, rows, packed, 0, columns);
                for (int i = 0; i < columns * rows; i++) {
                    rgb[0][i] = packed[i] >> 16 & 0xFF;
                    rgb[1][i] = packed[i] >> 8 & 0xFF;
                    rgb[2][i] = packed[i] & 0xFF;
                }
            }
        };
    }

    private static PixelRows ofBytes(Raster raster) {
        int bands = raster.getNumBands();
        int[] band = bandsOfRgb(bands);
        byte[] samples = new byte[bands * longerSide(raster)];
        return new PixelRows(raster.getWidth(), raster.getHeight()) {
            @Override
            void read(int x, int y, int columns, int rows, float[][] rgb) {
                raster.getDataElements(x, y, columns, rows, samples);
                int count = columns * rows;
                copy(samples, bands, count, band[0], band[1], band[2], rgb);
            }
        };
    }

    private static PixelRows ofShorts(Raster raster) {
        int bands = raster.getNumBands();
        int[] band = bandsOfRgb(bands);
        short[] samples = new short[bands * longerSide(raster)];
        return new PixelRows(raster.getWidth(), raster.getHeight()) {
            @Override
            void read(int x, int y, int columns, int rows, float[][] rgb) {
                raster.getDataElements(x, y, columns, rows, samples);
                int count = columns * rows;
                for (int channel = 0; channel < 3; channel++) {
                    for (int i = 0, at = band[channel]; i < count; i++, at += bands) {
                        int rounded = ((samples[at] & 0xFFFF) + 128) / 257;
                        rgb[channel][i] = rounded;
                    }
                }
            }
        };
    }

    private static int longerSide(Raster raster) {
        return Math.max(raster.getWidth(), raster.getHeight());
    }

    private static int[] bandsOfRgb(int bands) {
        return bands < 3 ? new int[] {0, 0, 0} : new int[] {0, 1, 2};
    }

    private static void copy(byte[] samples, int bands, int count, int red, int green, int blue, float[][] rgb) {
        float[] r = rgb[0];
        float[] g = rgb[1];
        float[] b = rgb[2];
        for (int i = 0, at = 0; i < count; i++, at += bands) {
            r[i] = samples[at + red] & 0xFF;
            g[i] = samples[at + green] & 0xFF;
            b[i] = samples[at + blue] & 0xFF;
        }
    }

    private static void convertYcc(byte[] samples, int bands, int count, float[][] rgb) {
        float[] r = rgb[0];
        float[] g = rgb[1];
        float[] b = rgb[2];
        for (int i = 0, at = 0; i < count; i++, at += bands) {
            int y = ((samples[at] & 0xFF) << 16) + 0x8000;
            int cb = (samples[at + 1] & 0xFF) - 128;
            int cr = (samples[at + 2] & 0xFF) - 128;
            r[i] = clamp((y + CR_TO_RED * cr) >> 16);
            g[i] = clamp((y - CB_TO_GREEN * cb - CR_TO_GREEN * cr) >> 16);
            b[i] = clamp((y + CB_TO_BLUE * cb) >> 16);
        }
    }

    private static void invert(int count, float[][] rgb) {
        for (float[] row : rgb) {
            for (int i = 0; i < count; i++) {
                row[i] = 255 - row[i];
            }
        }
    }

    /** Multiplies by the fourth sample, 255 less the black ink. */
    private static void darken(byte[] samples, int count, float[][] rgb) {
        for (int channel = 0; channel < 3; channel++) {
            float[] row = rgb[channel];
            for (int i = 0; i < count; i++) {
                row[i] = (int) (row[i] * (samples[4 * i + 3] & 0xFF) / 255 + 0.5f);
            }
        }
    }

    private static int clamp(int value) {
        return Math.max(0, Math.min(255, value));
    }
}

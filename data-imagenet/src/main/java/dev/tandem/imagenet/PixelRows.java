package dev.tandem.imagenet;

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

    private final int width;
    private final int height;

    private PixelRows(int width, int height) {
        this.width = width;
        this.height = height;
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /** Reads {@code count} pixels of row {@code y} from column {@code x} on; {@code rgb} is a row a channel. */
    abstract void read(int y, int x, int count, float[][] rgb);

    /** The samples of a JPEG, not yet converted. */
    static PixelRows ofJpeg(Raster raster, JpegHeader.Colour colour) {
        int bands = raster.getNumBands();
        byte[] samples = new byte[bands * raster.getWidth()];
        return new PixelRows(raster.getWidth(), raster.getHeight()) {
            @Override
            void read(int y, int x, int count, float[][] rgb) {
                raster.getDataElements(x, y, count, 1, samples);
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
            void read(int y, int x, int count, float[][] rgb) {
                int at = start + 3 * (y * width + x);
                copy(pixels, 3, count, at, at + 1, at + 2, rgb);
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
        int[] packed = new int[image.getWidth()];
        return new PixelRows(image.getWidth(), image.getHeight()) {
            @Override
            void read(int y, int x, int count, float[][] rgb) {
                image.getRGB(x, y, count, 1, packed, 0, count);
                for (int i = 0; i < count; i++) {
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
        byte[] samples = new byte[bands * raster.getWidth()];
        return new PixelRows(raster.getWidth(), raster.getHeight()) {
            @Override
            void read(int y, int x, int count, float[][] rgb) {
                raster.getDataElements(x, y, count, 1, samples);
                copy(samples, bands, count, band[0], band[1], band[2], rgb);
            }
        };
    }

    private static PixelRows ofShorts(Raster raster) {
        int bands = raster.getNumBands();
        int[] band = bandsOfRgb(bands);
        short[] samples = new short[bands * raster.getWidth()];
        return new PixelRows(raster.getWidth(), raster.getHeight()) {
            @Override
            void read(int y, int x, int count, float[][] rgb) {
                raster.getDataElements(x, y, count, 1, samples);
                for (int channel = 0; channel < 3; channel++) {
                    for (int i = 0, at = band[channel]; i < count; i++, at += bands) {
                        int rounded = ((samples[at] & 0xFFFF) + 128) / 257;
                        rgb[channel][i] = rounded;
                    }
                }
            }
        };
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

package dev.tandem.imagenet;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.stream.ImageInputStream;

/**
 * Turns the bytes of a JPEG, PNG, GIF (its first frame) or BMP file into a square of RGB bytes. The orientation that EXIF
 * states is ignored, as is the custom with ImageNet; so are colour profiles and alpha (see {@link PixelRows}). One
 * decoder serves one thread.
 */
final class ImageDecoder implements AutoCloseable {
    /** Raised whenever the same bytes begin to give other pixels, so that statistics are computed anew. */
    static final int REVISION = 1;

    static final int MINIMUM_SIDE = 8;
    static final long MAXIMUM_PIXELS = 100_000_000;

    private static final List<String> DAMAGE =
            List.of("Corrupt JPEG data", "Premature end", "Truncated File", "Inconsistent progression");

    private final int side;
    private final SquareResampler resampler;
    private final Map<ImageFormat, ImageReader> readers = new EnumMap<>(ImageFormat.class);
    private final List<String> warnings = new ArrayList<>();

    /** A decoder to squares of {@code side} pixels. */
    ImageDecoder(int side) {
        this.side = side;
        this.resampler = new SquareResampler(side);
    }

    /** The bytes of one decoded square. */
    int squareBytes() {
        return 3 * side * side;
    }

    /** Decodes into {@code square}, {@code (3, side, side)}: a plane each of red, green and blue. */
    void decode(byte[] encoded, byte[] square) throws BadImage {
        ImageFormat format = ImageFormat.of(encoded);
        JpegHeader header = format == ImageFormat.JPEG ? JpegHeader.parse(encoded) : null;
        if (header != null) {
            requireSize(header.width(), header.height());
        }
        warnings.clear();
        boolean done = false;
        try (ImageInputStream stream = new ByteArrayImageInputStream(encoded)) {
            ImageReader reader = reader(format);
            // Metadata are not looked at: they may be damaged, or unpack to any size.
            reader.setInput(stream, true, true);
            PixelRows pixels;
            if (header != null) {
                pixels = PixelRows.ofJpeg(reader.readRaster(0, null), header.colour());
            } else {
                requireSize(reader.getWidth(0), reader.getHeight(0));
                pixels = PixelRows.ofImage(reader.read(0));
            }
            requireUndamaged(format);
            resampler.resample(pixels, square);
            done = true;
        } catch (IOException | RuntimeException e) {
            // Readers meet damaged files with exceptions of all sorts.
            throw new BadImage("a damaged or truncated " + format + " file: " + describe(e), e);
        } finally {
            if (done) {
                readers.get(format).setInput(null);
            } else {
                close();
            }
        }
    }

    @Override
    public void close() {
        readers.values().forEach(ImageReader::dispose);
        readers.clear();
    }

    private static void requireSize(int width, int height) throws BadImage {
        if (Math.min(width, height) < MINIMUM_SIDE) {
            throw new BadImage("too small: " + width + "x" + height + " pixels, at least " + MINIMUM_SIDE + " a side");
        }
        if ((long) width * height > MAXIMUM_PIXELS) {
            throw new BadImage(
                    String.format(Locale.ROOT, "too large: %dx%d pixels, at most %d", width, height, MAXIMUM_PIXELS));
        }
    }

    /**
     * A decoder fills in what is missing and only warns. The texts are libjpeg's and the Java runtime's; a few bytes
     * between two segments are harmless, and so are damaged colour profiles.
     */
    private void requireUndamaged(ImageFormat format) throws BadImage {
        for (String warning : warnings) {
            boolean harmless = warning.contains("extraneous bytes") || warning.contains("ICC");
            if (!harmless && DAMAGE.stream().anyMatch(warning::startsWith)) {
                throw new BadImage("a damaged or truncated " + format + " file: " + warning);
            }
        }
    }

    private ImageReader reader(ImageFormat format) throws IOException {
        ImageReader reader = readers.get(format);
        if (reader == null) {
            reader = format == ImageFormat.JPEG
                    ? jpegReader()
                    : ImageIO.getImageReadersByFormatName(format.name()).next();
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            readers.put(format, reader);
        }
        return reader;
    }

    /** TwelveMonkeys' reader, which takes CMYK and much that Java's own refuses, whatever else is installed. */
    private static ImageReader jpegReader() throws IOException {
        IIORegistry registry = IIORegistry.getDefaultInstance();
        synchronized (ImageDecoder.class) {
            if (registry.getServiceProviderByClass(JPEGImageReaderSpi.class) == null) {
                registry.registerServiceProvider(new JPEGImageReaderSpi());
            }
        }
        return registry.getServiceProviderByClass(JPEGImageReaderSpi.class).createReaderInstance(null);
    }

    private static String describe(Exception e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}

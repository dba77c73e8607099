package dev.tandem.imagenet.decode;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.stream.ImageInputStream;

/**
 * Decodes by the readers of Java's ImageIO, which warn of damage: an image of which they warn is refused. For one
 * thread.
 */
final class ImageIoReaders implements AutoCloseable {
    /** How many pixels are kept of an image that is too large to be read whole. */
    private static final double COARSE_PIXELS = 25e6;

    private static final List<String> DAMAGE = List.of(
            "Corrupt JPEG data",
            "Premature end",
            "Truncated File",
            "Inconsistent progression",
            "ArrayIndexOutOfBoundsException");

    private final int side;
    private final Map<ImageFormat, ImageReader> readers = new EnumMap<>(ImageFormat.class);
    private final List<String> warnings = new ArrayList<>();

    /** Readers of images that are brought to a shorter side of {@code side} pixels. */
    ImageIoReaders(int side) {
        this.side = side;
    }

    /** Hands the pixels, turned by {@code orientation}, to {@code sink}; {@code colour} is a JPEG's. */
    void read(
            ImageFormat format, VettedImage image, JpegHeader.Colour colour, int orientation, Consumer<PixelRows> sink)
            throws BadImage {
        warnings.clear();
        boolean done = false;
        try (ImageInputStream stream = new ByteArrayImageInputStream(image.bytes())) {
            ImageReader reader = reader(format);
            // Metadata are not looked at: they may be damaged, or unpack to any size. TIFF's directory is our own.
            reader.setInput(stream, format != ImageFormat.TIFF, true);
            if (format != ImageFormat.JPEG
                    && (reader.getWidth(0) != image.width() || reader.getHeight(0) != image.height())) {
                throw new BadImage("a damaged " + format + ": its size is stated twice, and differently");
            }
            ImageReadParam grid = grid(reader, image.width(), image.height());
            PixelRows pixels = format == ImageFormat.JPEG
                    ? PixelRows.ofJpeg(reader.readRaster(0, grid), colour)
                    : PixelRows.ofImage(reader.read(0, grid));
            requireUndamaged(format);
            sink.accept(pixels.oriented(orientation));
            done = true;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // Readers meet damaged files with exceptions of all sorts.
            throw PixelReader.damaged(format, e);
        } catch (LinkageError e) {
            throw TandemException.failure(
                    ErrorCode.BACKEND_UNAVAILABLE,
                    "decoding " + format,
                    "a library of this Java cannot be loaded: " + e,
                    "Install the library that is named, or use a JDK that brings its own, such as Temurin",
                    e);
        } finally {
            if (done) {
                readers.get(format).setInput(null);
            } else {
                close();
            }
        }
    }

    /** Which rows and columns are read: all, unless there are too many; of what is kept the shorter side is ample. */
    private ImageReadParam grid(ImageReader reader, int width, int height) {
        long pixels = (long) width * height;
        if (pixels <= ImageOptions.WHOLE_PIXELS) {
            return null;
        }
        int coarsest = Math.max(1, Math.min(width, height) / (2 * side));
        int step = (int) Math.min(coarsest, Math.ceil(Math.sqrt(pixels / COARSE_PIXELS)));
        ImageReadParam grid = reader.getDefaultReadParam();
        grid.setSourceSubsampling(step, step, step / 2, step / 2);
        return grid;
    }

    @Override
    public void close() {
        readers.values().forEach(ImageReader::dispose);
        readers.clear();
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

    /**
     * TwelveMonkeys' reader, which takes CMYK and much that Java's own refuses, whatever other readers are installed.
     */
    private static ImageReader jpegReader() throws IOException {
        IIORegistry registry = IIORegistry.getDefaultInstance();
        synchronized (ImageIoReaders.class) {
            if (registry.getServiceProviderByClass(JPEGImageReaderSpi.class) == null) {
                registry.registerServiceProvider(new JPEGImageReaderSpi());
            }
        }
        return registry.getServiceProviderByClass(JPEGImageReaderSpi.class).createReaderInstance(null);
    }
}

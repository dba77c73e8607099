package dev.tandem.imagenet.decode;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import dev.tandem.imagenet.options.ImageOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.stream.ImageInputStream;

/**
 * Reads the pixels of foreign files: JPEG, PNG, GIF (its first frame), BMP, TIFF (its first page), WebP and PPM,
 * gzipped or not. Headers are read by us first, so that no library believes a length that the file does not have;
 * damage is refused. Of what images of more than {@value ImageDecoder#WHOLE_PIXELS} pixels hold, every n-th row and
 * column is read. For one thread.
 */
final class PixelReader implements AutoCloseable {
    /** A JPEG's blocks of 64 pixels take a bit each, at least. */
    private static final long JPEG_PIXELS_PER_BYTE = 512;
    /** What deflate can do at most, with one bit a pixel. */
    private static final long OTHER_PIXELS_PER_BYTE = 8 * 1032;
    /** Images of more pixels are read one at a time in a process: each takes 100 MB and more. */
    private static final long LARGE_PIXELS = 1L << 25;
    /** How many pixels are kept of an image that is too large to be read whole. */
    private static final double COARSE_PIXELS = 25e6;

    private static final Object LARGE = new Object();

    private static final List<String> DAMAGE = List.of(
            "Corrupt JPEG data",
            "Premature end",
            "Truncated File",
            "Inconsistent progression",
            "ArrayIndexOutOfBoundsException");

    private final int side;
    private final ImageOptions options;
    private final Map<ImageFormat, ImageReader> readers = new EnumMap<>(ImageFormat.class);
    private final List<String> warnings = new ArrayList<>();
    private OpenCvCodec codec;

    /** A reader for images that are brought to a shorter side of {@code side} pixels. */
    PixelReader(int side, ImageOptions options) {
        this.side = side;
        this.options = options;
    }

    /**
     * Hands the pixels of a file to {@code sink}, as they are to be seen.
     *
     * @throws BadImage when it is no usable image
     * @throws OutOfMemoryError when memory does not suffice: that is no fault of the image
     */
    ImageInfo read(byte[] file, Consumer<PixelRows> sink) throws BadImage {
        boolean gzipped = ImageFormat.isGzip(file);
        byte[] encoded = gzipped ? gunzip(file) : file;
        ImageFormat format = ImageFormat.of(encoded);
        JpegHeader.Colour colour = null;
        VettedImage image;
        if (format == ImageFormat.JPEG) {
            JpegHeader header = JpegHeader.parse(encoded);
            colour = header.colour();
            image = new VettedImage(encoded, header.width(), header.height(), header.orientation());
        } else {
            image = vet(format, encoded);
        }
        requireSize(format, image.width(), image.height(), encoded.length, options.maximumPixels());
        if ((long) image.width() * image.height() > LARGE_PIXELS) {
            synchronized (LARGE) {
                read(format, image, colour, sink);
            }
        } else {
            read(format, image, colour, sink);
        }
        return new ImageInfo(format, image.width(), image.height(), colour, image.orientation(), gzipped);
    }

    private static VettedImage vet(ImageFormat format, byte[] encoded) throws BadImage {
        return switch (format) {
            case PNG -> PngChunks.vet(encoded);
            case GIF -> GifBlocks.vet(encoded);
            case BMP -> BmpHeader.vet(encoded);
            case TIFF -> TiffDirectory.vet(encoded);
            case WEBP -> WebpChunks.vet(encoded);
            case PPM -> {
                PixelRows pixels = Ppm.read(encoded);
                yield new VettedImage(encoded, pixels.width(), pixels.height(), 1);
            }
            case JPEG -> throw new IllegalArgumentException("JPEGs have a header of their own");
        };
    }

    /**
     * Refuses sizes that cannot be.
     *
     * @param length of the file, in bytes
     * @param most pixels that an image may have
     */
    static void requireSize(ImageFormat format, int width, int height, int length, long most) throws BadImage {
        long pixels = (long) width * height;
        // OpenCV has no coarser grid for WebP.
        boolean whole = format == ImageFormat.WEBP || format == ImageFormat.PPM;
        if (width < 1 || height < 1) {
            throw new BadImage("an image without pixels: " + width + "x" + height);
        }
        if (whole && pixels > Math.min(most, ImageOptions.WHOLE_PIXELS)) {
            throw new BadImage(String.format(
                    Locale.ROOT,
                    "too large: %dx%d pixels, at most %d of a %s; convert it to JPEG",
                    width,
                    height,
                    Math.min(most, ImageOptions.WHOLE_PIXELS),
                    format));
        }
        if (pixels > most) {
            throw new BadImage(String.format(
                    Locale.ROOT,
                    "too large: %dx%d pixels, at most %d; raise tandem.images.max-pixels (of pack: --max-pixels)",
                    width,
                    height,
                    most));
        }
        long each = format == ImageFormat.JPEG ? JPEG_PIXELS_PER_BYTE : OTHER_PIXELS_PER_BYTE;
        // A lossless WebP of one colour takes no bit a pixel.
        if (format != ImageFormat.WEBP && pixels > each * length) {
            throw new BadImage("truncated, or a bomb: too short to hold " + width + "x" + height + " pixels");
        }
    }

    private void read(ImageFormat format, VettedImage image, JpegHeader.Colour colour, Consumer<PixelRows> sink)
            throws BadImage {
        int orientation = options.turnsUpright() ? image.orientation() : 1;
        switch (format) {
            case PPM -> sink.accept(Ppm.read(image.bytes()).oriented(orientation));
            case WEBP -> readWebp(image, orientation, sink);
            default -> readByJava(format, image, colour, orientation, sink);
        }
    }

    private void readWebp(VettedImage image, int orientation, Consumer<PixelRows> sink) throws BadImage {
        if (codec == null) {
            codec = new OpenCvCodec(side);
        }
        try {
            codec.decode(image.bytes(), ImageFormat.WEBP);
            sink.accept(codec.pixels().oriented(orientation));
        } catch (RuntimeException e) {
            // OpenCV's exceptions have no class of their own.
            throw damaged(ImageFormat.WEBP, e);
        }
    }

    private void readByJava(
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
            throw damaged(format, e);
        } finally {
            if (done) {
                readers.get(format).setInput(null);
            } else {
                disposeReaders();
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
        disposeReaders();
        if (codec != null) {
            codec.close();
            codec = null;
        }
    }

    private void disposeReaders() {
        readers.values().forEach(ImageReader::dispose);
        readers.clear();
    }

    private static byte[] gunzip(byte[] bytes) throws BadImage {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            byte[] plain = in.readNBytes((int) ImageDecoder.MAXIMUM_BYTES + 1);
            if (plain.length > ImageDecoder.MAXIMUM_BYTES) {
                throw new BadImage("gzip data that unpack to more than " + ImageDecoder.MAXIMUM_BYTES + " bytes");
            }
            return plain;
        } catch (IOException e) {
            throw new BadImage("damaged or truncated gzip data: " + describe(e), e);
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

    /**
     * TwelveMonkeys' reader, which takes CMYK and much that Java's own refuses, whatever other readers are installed.
     */
    private static ImageReader jpegReader() throws IOException {
        IIORegistry registry = IIORegistry.getDefaultInstance();
        synchronized (PixelReader.class) {
            if (registry.getServiceProviderByClass(JPEGImageReaderSpi.class) == null) {
                registry.registerServiceProvider(new JPEGImageReaderSpi());
            }
        }
        return registry.getServiceProviderByClass(JPEGImageReaderSpi.class).createReaderInstance(null);
    }

    /**
     * What a library threw is the file's fault, unless it found too little memory: which images are used must not
     * depend on that.
     *
     * @throws OutOfMemoryError if the library ran out of memory
     */
    static BadImage damaged(ImageFormat format, Throwable e) {
        // libjpeg's and OpenCV's words.
        if (describe(e).contains("Insufficient memory") || describe(e).contains("Failed to allocate")) {
            OutOfMemoryError memory = new OutOfMemoryError(describe(e));
            memory.initCause(e);
            throw memory;
        }
        return new BadImage("a damaged or truncated " + format + " file: " + describe(e), e);
    }

    private static String describe(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}

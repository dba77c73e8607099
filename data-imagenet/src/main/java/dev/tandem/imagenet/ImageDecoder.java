package dev.tandem.imagenet;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
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
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.stream.ImageInputStream;

/**
 * Turns the bytes of a JPEG, PNG, GIF (its first frame), BMP or PPM file, gzipped or not, into RGB bytes. The orientation
 * that EXIF states is not applied, as is the custom with ImageNet, only reported; colour profiles and alpha are ignored (see
 * {@link PixelRows}). One decoder serves one thread.
 */
final class ImageDecoder implements AutoCloseable {
    /** Raised whenever the same bytes begin to give other pixels, so that statistics are computed anew. */
    static final int REVISION = 2;

    static final int MINIMUM_SIDE = 8;
    static final long MAXIMUM_PIXELS = 100_000_000;
    private static final int MAXIMUM_ASPECT = 16;
    /** A JPEG's blocks of 64 pixels take a bit each, at least. */
    private static final long JPEG_PIXELS_PER_BYTE = 512;
    /** What deflate can do at most, with one bit a pixel. */
    private static final long OTHER_PIXELS_PER_BYTE = 8 * 1032;

    private static final List<String> DAMAGE =
            List.of("Corrupt JPEG data", "Premature end", "Truncated File", "Inconsistent progression");

    private final int side;
    private final Resampler resampler;
    private final Map<ImageFormat, ImageReader> readers = new EnumMap<>(ImageFormat.class);
    private final List<String> warnings = new ArrayList<>();
    private JpegCodec packedJpegs;
    private MatCropWriter packedCrops;
    private byte[] scratch;

    /** A decoder to squares of {@code side} pixels. */
    ImageDecoder(int side) {
        this.side = side;
        this.resampler = new Resampler(side);
    }

    /** The bytes of one decoded square. */
    int squareBytes() {
        return 3 * side * side;
    }

    /** Decodes into {@code square}, {@code (3, side, side)}: a plane each of red, green and blue. */
    ImageInfo decode(byte[] encoded, byte[] square) throws BadImage {
        return read(encoded, pixels -> resampler.resample(pixels, side, side, square));
    }

    /**
     * Decodes the whole image to a shorter side of {@code side} pixels. Of a longer side more than {@value #MAXIMUM_ASPECT}
     * times that, the middle is kept.
     */
    ImageInfo decode(byte[] encoded, RgbImage out) throws BadImage {
        return read(encoded, pixels -> {
            int shorter = Math.min(pixels.width(), pixels.height());
            int longest = MAXIMUM_ASPECT * side;
            int width = Math.min(longest, Resampler.resized(pixels.width(), shorter, side));
            int height = Math.min(longest, Resampler.resized(pixels.height(), shorter, side));
            resampler.resample(pixels, width, height, out.resize(width, height));
        });
    }

    /** Decodes an image of a shard that we wrote, the quick way. */
    void decodePacked(byte[] encoded, byte[] square) throws BadImage {
        if (ImageFormat.of(encoded) == ImageFormat.JPEG) {
            readPacked(encoded, codec -> codec.writeSquare(resampler, square));
        } else {
            decode(encoded, square);
        }
    }

    /** Decodes an image of a shard that we wrote and writes a crop of it, always by the same {@code crops}. */
    void cropPacked(byte[] encoded, CropWriter crops, Crop crop, float[] out, int at) throws BadImage {
        if (ImageFormat.of(encoded) == ImageFormat.JPEG) {
            readPacked(encoded, codec -> {
                if (codec.fits()) {
                    packedCrops(crops).write(codec.image(), crop, out, at);
                } else {
                    codec.writeSquare(resampler, scratch());
                    crops.write(scratch(), crop, out, at);
                }
            });
        } else {
            decode(encoded, scratch());
            crops.write(scratch(), crop, out, at);
        }
    }

    /** Decodes a JPEG of a shard for {@code sink}. A disk may fail, so its header is held to the bounds of any other. */
    private void readPacked(byte[] encoded, Consumer<JpegCodec> sink) throws BadImage {
        JpegHeader header = JpegHeader.parse(encoded);
        requireSize(header.width(), header.height(), JPEG_PIXELS_PER_BYTE * encoded.length);
        JpegCodec codec = packedJpegs();
        try {
            codec.decode(encoded);
            sink.accept(codec);
        } catch (RuntimeException e) {
            // OpenCV's exceptions have no class of their own.
            throw new BadImage("a damaged JPEG: " + describe(e), e);
        }
    }

    private MatCropWriter packedCrops(CropWriter crops) {
        if (packedCrops == null) {
            packedCrops = new MatCropWriter(crops);
        }
        return packedCrops;
    }

    private JpegCodec packedJpegs() {
        if (packedJpegs == null) {
            packedJpegs = new JpegCodec(side);
        }
        return packedJpegs;
    }

    /** A square of this decoder's own, for one that need not be kept. */
    byte[] scratch() {
        if (scratch == null) {
            scratch = new byte[squareBytes()];
        }
        return scratch;
    }

    private ImageInfo read(byte[] file, Consumer<PixelRows> sink) throws BadImage {
        boolean gzipped = ImageFormat.isGzip(file);
        byte[] encoded = gzipped ? gunzip(file) : file;
        ImageFormat format = ImageFormat.of(encoded);
        if (format == ImageFormat.PPM) {
            PixelRows pixels = Ppm.read(encoded);
            requireSize(pixels.width(), pixels.height(), OTHER_PIXELS_PER_BYTE * encoded.length);
            sink.accept(pixels);
            return new ImageInfo(format, pixels.width(), pixels.height(), null, 1, gzipped);
        }
        JpegHeader header = format == ImageFormat.JPEG ? JpegHeader.parse(encoded) : null;
        if (header != null) {
            requireSize(header.width(), header.height(), JPEG_PIXELS_PER_BYTE * encoded.length);
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
                requireSize(reader.getWidth(0), reader.getHeight(0), OTHER_PIXELS_PER_BYTE * encoded.length);
                pixels = PixelRows.ofImage(reader.read(0));
            }
            requireUndamaged(format);
            sink.accept(pixels);
            done = true;
            return new ImageInfo(
                    format,
                    pixels.width(),
                    pixels.height(),
                    header == null ? null : header.colour(),
                    header == null ? 1 : header.orientation(),
                    gzipped);
        } catch (IOException | RuntimeException e) {
            // Readers meet damaged files with exceptions of all sorts.
            throw new BadImage("a damaged or truncated " + format + " file: " + describe(e), e);
        } finally {
            if (done) {
                readers.get(format).setInput(null);
            } else {
                disposeReaders();
            }
        }
    }

    @Override
    public void close() {
        disposeReaders();
        if (packedJpegs != null) {
            packedJpegs.close();
            packedJpegs = null;
        }
        if (packedCrops != null) {
            packedCrops.close();
            packedCrops = null;
        }
    }

    private void disposeReaders() {
        readers.values().forEach(ImageReader::dispose);
        readers.clear();
    }

    private static byte[] gunzip(byte[] bytes) throws BadImage {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            byte[] plain = in.readNBytes((int) ImageFiles.MAXIMUM_BYTES + 1);
            if (plain.length > ImageFiles.MAXIMUM_BYTES) {
                throw new BadImage("gzip data that unpack to more than " + ImageFiles.MAXIMUM_BYTES + " bytes");
            }
            return plain;
        } catch (IOException e) {
            throw new BadImage("damaged or truncated gzip data: " + describe(e), e);
        }
    }

    private static void requireSize(int width, int height, long possible) throws BadImage {
        if (Math.min(width, height) < MINIMUM_SIDE) {
            throw new BadImage("too small: " + width + "x" + height + " pixels, at least " + MINIMUM_SIDE + " a side");
        }
        if ((long) width * height > MAXIMUM_PIXELS) {
            throw new BadImage(
                    String.format(Locale.ROOT, "too large: %dx%d pixels, at most %d", width, height, MAXIMUM_PIXELS));
        }
        if ((long) width * height > possible) {
            throw new BadImage("truncated, or a bomb: too short to hold " + width + "x" + height + " pixels");
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

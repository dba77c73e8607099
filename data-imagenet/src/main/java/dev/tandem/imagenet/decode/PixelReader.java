package dev.tandem.imagenet.decode;

import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.spi.TandemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.bytedeco.opencv.opencv_core.Mat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the pixels of foreign files: JPEG, PNG, GIF (its first frame), BMP, TIFF (its first page), WebP and PPM,
 * gzipped or not. Headers are read by us first, so that no library believes a length that the file does not have;
 * damage is refused. Of what images of more than {@value ImageDecoder#WHOLE_PIXELS} pixels hold, every n-th row and
 * column is read. For one thread.
 */
final class PixelReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PixelReader.class);

    /** A JPEG's blocks of 64 pixels take a bit each, at least. */
    private static final long JPEG_PIXELS_PER_BYTE = 512;
    /** What deflate can do at most, with one bit a pixel. */
    private static final long OTHER_PIXELS_PER_BYTE = 8 * 1032;
    /** Images of more pixels are read one at a time in a process: each takes 100 MB and more. */
    private static final long LARGE_PIXELS = 1L << 25;
    /** Images of more pixels, or bytes, are not decoded by OpenCV: what that takes is kept for the next image. */
    private static final long QUICK_PIXELS = 1L << 24;
    /** So many JPEGs are decoded in Java before OpenCV is loaded for the next, if nothing else has loaded it. */
    private static final int WORTH_OPEN_CV = 100;

    /**
     * How many times the wanted size the shorter side of a scaled image has, at least: resized from there, photographs
     * are within 46 dB and more of those that are decoded in full, closer than a JPEG is to what it was made of.
     */
    private static final double ENOUGH = 1.5;

    private static final Object LARGE = new Object();

    private final int side;
    private final ImageOptions options;
    private final ImageIoReaders java;
    private OpenCvCodec codec;
    private BaselineScan scan;
    private int jpegs;

    /** A reader for images that are brought to a shorter side of {@code side} pixels. */
    PixelReader(int side, ImageOptions options) {
        this.side = side;
        this.options = options;
        this.java = new ImageIoReaders(side);
    }

    /**
     * Hands the pixels of a file to {@code sink}, as they are to be seen.
     *
     * @throws BadImage when it is no usable image
     * @throws OutOfMemoryError when memory does not suffice: that is no fault of the image
     */
    ImageInfo read(byte[] file, Consumer<PixelRows> sink) throws BadImage {
        return read(file, options.scaled(), sink);
    }

    /** As {@link #read}, but never decoded to a part of its size. */
    ImageInfo readUnscaled(byte[] file, Consumer<PixelRows> sink) throws BadImage {
        return read(file, false, sink);
    }

    private ImageInfo read(byte[] file, boolean scaled, Consumer<PixelRows> sink) throws BadImage {
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
                read(format, image, colour, scaled, sink);
            }
        } else {
            read(format, image, colour, scaled, sink);
        }
        return new ImageInfo(format, image.width(), image.height(), colour, image.orientation(), gzipped);
    }

    /** OpenCV's image, red first, if it holds {@code pixels} as they were handed to a sink. */
    Optional<Mat> imageOf(PixelRows pixels) {
        return codec == null ? Optional.empty() : codec.imageOf(pixels);
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

    private void read(
            ImageFormat format, VettedImage image, JpegHeader.Colour colour, boolean scaled, Consumer<PixelRows> sink)
            throws BadImage {
        int orientation = options.turnsUpright() ? image.orientation() : 1;
        switch (format) {
            case PPM -> sink.accept(Ppm.read(image.bytes()).oriented(orientation));
            case WEBP -> readWebp(image, orientation, sink);
            case JPEG -> {
                int part = scaled ? part(Math.min(image.width(), image.height())) : 1;
                if (decodesByOpenCv(image, colour, part)) {
                    PixelRows pixels = codec.pixels().ofPart(part, image.width(), image.height());
                    sink.accept(pixels.oriented(orientation));
                } else {
                    java.read(format, image, colour, orientation, sink);
                }
            }
            default -> java.read(format, image, colour, orientation, sink);
        }
    }

    /**
     * Whether OpenCV has decoded the image: to the very pixels of {@link ImageIoReaders} unless it is scaled, in half
     * the time. What it fails in is for these to judge.
     */
    private boolean decodesByOpenCv(VettedImage image, JpegHeader.Colour colour, int part) {
        boolean usual = colour == JpegHeader.Colour.YCC || colour == JpegHeader.Colour.GREY;
        long pixels = (long) image.width() * image.height() / (part * part);
        if (!usual || Math.max(image.bytes().length, pixels) > QUICK_PIXELS || !opensOpenCv()) {
            return false;
        }
        if (scan == null) {
            scan = new BaselineScan();
        }
        if (!scan.isSound(image.bytes())) {
            return false;
        }
        try {
            codec.decodeScaled(image.bytes(), part);
            return true;
        } catch (RuntimeException | BadImage e) {
            return false;
        }
    }

    /** Of which part of its size an image is decoded: the smallest that still leaves enough to be resized well. */
    private int part(int shorter) {
        int part = 1;
        while (part < 8 && shorter >= ENOUGH * side * 2 * part) {
            part *= 2;
        }
        return part;
    }

    /**
     * Whether there is a codec. OpenCV takes half a second to load, which few images are not worth; but which pixels
     * scaled images have must not depend on their number.
     */
    private boolean opensOpenCv() {
        if (codec == null && options.scaled()) {
            codec = new OpenCvCodec(side);
        } else if (codec == null && (OpenCvCodec.isLoaded() || ++jpegs == WORTH_OPEN_CV)) {
            try {
                codec = new OpenCvCodec(side);
            } catch (TandemException withoutOpenCv) {
                LOG.debug("JPEGs are decoded in Java: {}", withoutOpenCv.getMessage());
            }
        }
        return codec != null;
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

    @Override
    public void close() {
        java.close();
        if (codec != null) {
            codec.close();
            codec = null;
        }
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

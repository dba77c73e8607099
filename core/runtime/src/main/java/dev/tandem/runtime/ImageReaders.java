package dev.tandem.runtime;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.ImageReader;
import dev.tandem.nn.data.ImageReaderProvider;
import dev.tandem.nn.data.Views;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes rows of images of every sort, the inputs of a network, for many threads; as many at a time as there are
 * processors.
 */
public final class ImageReaders implements AutoCloseable {
    /** The longest file or stream that is read, in bytes. */
    private static final int MOST_BYTES = 1 << 26;

    /** New arrays of this size for every image would keep the garbage collector busy. */
    private static final int MOST_SPARE = 32;

    private final Optional<ImageInput> input;
    private final Shape row;
    private final Semaphore permits = new Semaphore(Runtime.getRuntime().availableProcessors());
    private final Deque<float[]> spare = new ConcurrentLinkedDeque<>();
    private final Deque<ImageReader> idle = new ConcurrentLinkedDeque<>();
    private final AtomicLong turned = new AtomicLong();

    /**
     * Readers for a model.
     *
     * @param input how images become rows; empty for a model whose inputs are no photographs
     * @param row the shape of a batch of one row
     */
    public ImageReaders(Optional<ImageInput> input, Shape row) {
        this.input = input;
        this.row = row;
    }

    /** How many images were marked as stored turned or mirrored. */
    public long turned() {
        return turned.get();
    }

    /**
     * The rows of an image, one a view.
     *
     * @param image bytes or a stream of a file, its path, an image in memory, or a row itself
     * @param name what errors call it, unless it is a path
     * @throws TandemException ({@link ErrorCode#INVALID_DATA}) if it is no usable image
     */
    public float[] rows(Object image, String name, Views views) {
        if (image instanceof float[] own) {
            return given(own);
        }
        String called = image instanceof Path path ? path.toString() : name;
        Object pixels = image instanceof BufferedImage ? image : encoded(image, called);
        ImageInput known = input.orElseThrow(() -> TandemException.of(
                ErrorCode.INVALID_ARGUMENT,
                "image " + called,
                "the model takes no photographs",
                image.getClass().getSimpleName(),
                "a float[] of its input",
                "If its inputs are photographs after all, say how they become inputs: ClassifierOptions.withInput"));
        float[] rows = rowsOf(views.count() * row.arrayLength());
        permits.acquireUninterruptibly();
        try {
            ImageReader reader = idle.poll();
            reader = reader == null ? ImageReaderProvider.find().open(known) : reader;
            try {
                if (pixels instanceof BufferedImage inMemory) {
                    reader.read(called, inMemory, views, rows, 0);
                } else if (reader.read(called, (byte[]) pixels, views, rows, 0)) {
                    turned.incrementAndGet();
                }
            } finally {
                idle.push(reader);
            }
        } finally {
            permits.release();
        }
        return rows;
    }

    /** Takes rows back that nothing uses any more; they are written again. */
    void giveBack(float[] rows) {
        if (spare.size() < MOST_SPARE) {
            spare.push(rows);
        }
    }

    private float[] rowsOf(int length) {
        float[] used = spare.poll();
        return used != null && used.length == length ? used : new float[length];
    }

    private float[] given(float[] own) {
        if (own.length != row.arrayLength()) {
            throw TandemException.argument(
                    "classify",
                    "an input of another length",
                    own.length + " numbers",
                    row.arrayLength() + ", the input " + row.withoutBatch(),
                    "");
        }
        return own.clone();
    }

    private static byte[] encoded(Object image, String name) {
        if (image instanceof byte[] bytes) {
            return bytes;
        }
        try {
            if (image instanceof InputStream stream) {
                return bounded(stream, name);
            }
            if (image instanceof Path path) {
                requireFile(path);
                try (InputStream stream = Files.newInputStream(path)) {
                    return bounded(stream, name);
                }
            }
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "image " + name,
                    "it cannot be read: " + e,
                    "See that you may read it, and that the disk is in order",
                    e);
        }
        throw TandemException.argument(
                "classify",
                "not an image",
                image == null ? "null" : image.getClass().getName(),
                "a byte[], InputStream, Path or BufferedImage, or a float[] of the model's input",
                "");
    }

    private static byte[] bounded(InputStream stream, String name) throws IOException {
        byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "image " + name,
                    "it is too long",
                    "more than " + MOST_BYTES + " bytes",
                    "at most " + MOST_BYTES,
                    "");
        }
        return bytes;
    }

    /** Opening a pipe would wait for its writer. */
    private static void requireFile(Path path) {
        if (!Files.isRegularFile(path)) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "image " + path,
                    "it is no file",
                    Files.isDirectory(path) ? "a folder" : "nothing there",
                    "an image file",
                    "Pass the path of an image file");
        }
    }

    /** Closes the readers, none of which is in use. */
    @Override
    public void close() {
        for (ImageReader reader = idle.poll(); reader != null; reader = idle.poll()) {
            reader.close();
        }
    }
}

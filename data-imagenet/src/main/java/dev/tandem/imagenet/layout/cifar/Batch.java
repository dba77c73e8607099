package dev.tandem.imagenet.layout.cifar;

import dev.tandem.spi.RandomAccessInput;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file of images. Image {@code i} is the {@value Version#PIXELS} bytes from {@code first + i * stride} on.
 *
 * @param file where the pixels lie: the batch, or a copy of its pixels
 * @param labels the class of each image
 * @param first where the first image begins
 * @param stride the bytes from the beginning of an image to that of the next
 */
record Batch(Path file, int[] labels, long first, int stride) {
    /** Reads the labels of a batch, and finds its pixels. */
    static Batch read(Path file, Version version) {
        return version.isPython() ? ofPickle(file, version) : ofBytes(file, version);
    }

    /** Rows of one or two bytes of labels and the pixels. */
    private static Batch ofBytes(Path file, Version version) {
        int row = version.labelBytes + Version.PIXELS;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            long length = Files.size(file);
            if (length == 0 || length > Version.MAXIMUM_BYTES) {
                throw CifarFile.invalid(
                        file, "it is empty or too long", length + " bytes", "1 to " + Version.MAXIMUM_BYTES + " bytes");
            }
            if (length % row != 0) {
                throw CifarFile.invalid(
                        file,
                        "it is cut off in row " + length / row,
                        length + " bytes",
                        "a multiple of " + row + " bytes");
            }
            int[] labels = new int[(int) (length / row)];
            for (int i = 0; i < labels.length; i++) {
                byte[] read = in.readNBytes(version.labelBytes);
                in.skipNBytes(Version.PIXELS);
                if (read.length == 2) {
                    requireIn(file, i, "coarse label", read[0] & 0xFF, Version.COARSE_CLASSES);
                }
                labels[i] = requireIn(file, i, "label", read[read.length - 1] & 0xFF, version.classes);
            }
            return new Batch(file, labels, version.labelBytes, row);
        } catch (IOException e) {
            throw CifarFile.unreadable(file, e);
        }
    }

    private static int requireIn(Path file, int row, String what, int label, int classes) {
        if (label < 0 || label >= classes) {
            throw CifarFile.invalid(
                    file, "the " + what + " of row " + row + " is out of range", label, "0 to " + (classes - 1));
        }
        return label;
    }

    /** A pickled dictionary of labels and an array of pixels. */
    private static Batch ofPickle(Path file, Version version) {
        Map<?, ?> entries = Pickle.read(file);
        boolean hasCoarse = version == Version.CIFAR_100_PYTHON;
        int[] labels = labels(file, entries, hasCoarse ? "fine_labels" : "labels", version.classes);
        if (hasCoarse && labels(file, entries, "coarse_labels", Version.COARSE_CLASSES).length != labels.length) {
            throw CifarFile.invalid(file, "labels are missing", "fewer coarse than fine ones", "as many");
        }
        List<Object> array = entries.get("data") instanceof Pickle.NumpyArray found ? found.bytes(2) : List.of();
        if (array.isEmpty()) {
            throw CifarFile.invalid(
                    file,
                    "it has no pixels",
                    "no array data",
                    "data, an array of rows of " + Version.PIXELS + " bytes");
        }
        List<Object> extents = ((Pickle.Tuple) array.get(1)).values();
        Pickle.Stretch bytes = (Pickle.Stretch) array.get(4);
        if (!extents.equals(List.of(labels.length, Version.PIXELS))) {
            throw CifarFile.invalid(
                    file, "labels and pixels do not fit", extents, List.of(labels.length, Version.PIXELS));
        }
        long expected = (long) labels.length * Version.PIXELS;
        if (expected > Version.MAXIMUM_BYTES || !bytes.text() && bytes.length() != expected) {
            throw CifarFile.invalid(
                    file, "its pixels are cut off", bytes.length() + " bytes", labels.length + " rows of pixels");
        }
        boolean byColumns = array.get(3).equals(true);
        if (!bytes.text() && !byColumns) {
            return new Batch(file, labels, bytes.offset(), Version.PIXELS);
        }
        Path copy = UserCopies.pixels(file, () -> {
            byte[] plain = bytes.text() ? decoded(file, bytes, (int) expected) : stretch(file, bytes);
            return byColumns ? byRows(plain, labels.length) : plain;
        });
        return new Batch(copy, labels, 0, Version.PIXELS);
    }

    private static int[] labels(Path file, Map<?, ?> entries, String key, int classes) {
        if (!(entries.get(key) instanceof List<?> found) || found.isEmpty()) {
            throw CifarFile.invalid(file, "it has no " + key, "none", "a list of numbers");
        }
        int[] labels = new int[found.size()];
        for (int i = 0; i < labels.length; i++) {
            int label = found.get(i) instanceof Integer number ? number : -1;
            labels[i] = requireIn(file, i, key.startsWith("coarse") ? "coarse label" : "label", label, classes);
        }
        return labels;
    }

    private static byte[] stretch(Path file, Pickle.Stretch bytes) {
        byte[] read = new byte[(int) bytes.length()];
        try (RandomAccessInput in = RandomAccessInput.open(file)) {
            in.readFully(ByteBuffer.wrap(read), bytes.offset());
            return read;
        } catch (IOException e) {
            throw CifarFile.unreadable(file, e);
        }
    }

    /** Bytes that are stored as the characters of the same numbers, in UTF-8. */
    private static byte[] decoded(Path file, Pickle.Stretch text, int length) {
        byte[] plain = new byte[length];
        InputStream bytes = new ByteArrayInputStream(stretch(file, text));
        try (Reader characters = new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder())) {
            char[] buffer = new char[1 << 13];
            int at = 0;
            for (int read = characters.read(buffer); read >= 0; read = characters.read(buffer)) {
                for (int i = 0; i < read; i++) {
                    if (buffer[i] > 0xFF || at == length) {
                        throw new CharacterCodingException();
                    }
                    plain[at++] = (byte) buffer[i];
                }
            }
            if (at < length) {
                throw new CharacterCodingException();
            }
            return plain;
        } catch (IOException e) {
            throw CifarFile.invalid(
                    file, "its pixels are no bytes", "other characters, or another number", length + " bytes as text");
        }
    }

    private static byte[] byRows(byte[] columns, int rows) {
        byte[] plain = new byte[columns.length];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = columns[i % Version.PIXELS * rows + i / Version.PIXELS];
        }
        return plain;
    }
}

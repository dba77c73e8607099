package dev.tandem.weights.numpy;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.zip.ZipArchive;
import dev.tandem.weights.zip.ZipEntry;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipException;

/**
 * An .npz archive of arrays, stored or deflated. Each array has its name in the archive, without {@code .npy}; one that
 * is a pickled dictionary is read as {@link NumpyFile} does it, if it is stored. Metadata names what is no array,
 * and has the text of the array of bytes called {@code tandem.export}, which Tandem's export adds.
 */
public final class NpzFile {
    /** What Tandem's export says of its model. */
    private static final String EXPORTED = "tandem.export";

    /** A longer text is taken only if the file is as long: one of zeros deflates to very little. */
    private static final long LONGEST_DEFLATED = 1 << 20;

    private static final String EXTENSION = ".npy";
    private static final long MOST_DEFLATION = 1032; // the format allows no more

    private NpzFile() {}

    /** Whether a file that begins so is one: a zip archive whose first entry is an array. */
    public static boolean matches(byte[] firstBytes) {
        return ZipArchive.beginsWithEntry(firstBytes, EXTENSION);
    }

    /**
     * Opens a file.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is damaged, carries code, or
     *     has arrays of what are no numbers
     */
    public static TensorFile open(Path file) {
        return FileTensors.open(file, "NumPy (npz)", NpzFile::read);
    }

    private static FileTensors.Contents read(InputFile file) {
        List<StoredTensor> tensors = new ArrayList<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (ZipEntry entry : ZipArchive.entries(file).values()) {
            if (!entry.name().endsWith(EXTENSION)) {
                metadata.put(entry.name(), "an entry that is no array");
                continue;
            }
            String name = entry.name().substring(0, entry.name().length() - EXTENSION.length());
            if (entry.isStored()) {
                NumpyFile.read(file, name, entry.start(), entry.start() + entry.bytes(), tensors, metadata);
            } else {
                readDeflated(file, name, entry, tensors, metadata);
            }
        }
        takeText(tensors, metadata, Math.max(LONGEST_DEFLATED, file.size()));
        return new FileTensors.Contents(tensors, metadata);
    }

    private static void takeText(List<StoredTensor> tensors, Map<String, String> metadata, long longest) {
        for (StoredTensor tensor : List.copyOf(tensors)) {
            if (tensor.name().equals(EXPORTED)
                    && tensor.type().equals(NumberType.U8.name())
                    && tensor.shape().elements() <= longest) {
                float[] values = tensor.read();
                byte[] bytes = new byte[values.length];
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) (int) values[i];
                }
                metadata.put(tensor.name(), new String(bytes, StandardCharsets.UTF_8));
                tensors.remove(tensor);
            }
        }
    }

    private static void readDeflated(
            InputFile file, String name, ZipEntry entry, List<StoredTensor> tensors, Map<String, String> metadata) {
        if (entry.bytes() / MOST_DEFLATION > entry.storedBytes()) {
            throw file.damaged(
                    "entry " + Names.visible(name) + " is larger than it can be",
                    entry.bytes() + " bytes",
                    "at most " + MOST_DEFLATION + " times " + entry.storedBytes());
        }
        NpyHeader header;
        try (DataInputStream input = new DataInputStream(entry.inflate(file))) {
            header = NpyHeader.read(file, Names.visible(name), input, entry.bytes());
        } catch (IOException e) {
            throw damaged(file, name, e);
        }
        if (NumpyType.isObjects(header.type())) {
            throw file.refused(
                    "entry " + Names.visible(name) + " is a compressed pickle",
                    "deflated",
                    "arrays of numbers",
                    "Save the arrays by name, in Python: numpy.savez(FILE, conv1=W1, ...)");
        }
        NumpyType type = NumpyType.of(file, Names.visible(name), header.type());
        Shape shape = header.shape(file, Names.visible(name));
        if (shape == null) {
            metadata.put(name, "an array without elements");
            return;
        }
        NumpyArrays.requireBytes(file, name, shape, type, entry.bytes() - header.bytes());
        StoredTensor.Elements elements = new DeflatedElements(file, entry, header, type, shape.elements());
        tensors.add(new StoredTensor(
                name,
                shape,
                type.type().name(),
                header.isFortran() && shape.rank() > 1 ? new FortranElements(shape, elements) : elements));
    }

    /** The error of an entry whose bytes are not what they should be. */
    static TandemException damaged(InputFile file, String name, IOException e) {
        return file.damaged(
                "entry " + Names.visible(name) + " cannot be inflated",
                e instanceof EOFException
                        ? "an early end"
                        : e instanceof ZipException ? String.valueOf(e.getMessage()) : e.toString(),
                "deflated bytes");
    }
}

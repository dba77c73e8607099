package dev.tandem.weights.numpy;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An .npy file. It has one array, which is then called {@code array}; or a pickled dictionary of arrays, as Python 2 and
 * 3 write them. In a dictionary, an array {@code d['a']} is called {@code a}; the two of a list {@code d['a'] = [W, b]}
 * are {@code a/weights} and {@code a/biases}; and the one at {@code d['a']['key']} is {@code a/key}.
 */
public final class NumpyFile {
    /** The name of an array that is alone. */
    public static final String ONLY = "array";

    private static final int LONGEST_HEADER = 1 << 17;

    private NumpyFile() {}

    /** Whether a file that begins so is one. */
    public static boolean matches(byte[] firstBytes) {
        return NpyHeader.begins(firstBytes);
    }

    /**
     * Opens a file.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is damaged, carries code, or
     *     has arrays of what are no numbers
     */
    public static TensorFile open(Path file) {
        return FileTensors.open(file, "NumPy", input -> {
            List<StoredTensor> tensors = new ArrayList<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            read(input, ONLY, 0, input.size(), tensors, metadata);
            return new FileTensors.Contents(tensors, metadata);
        });
    }

    /** Reads the array or dictionary between two positions of a file. */
    static void read(
            InputFile file,
            String name,
            long start,
            long end,
            List<StoredTensor> tensors,
            Map<String, String> metadata) {
        String what = Names.visible(name);
        NpyHeader header = header(file, what, start, end);
        if (NumpyType.isObjects(header.type())) {
            new PickledArrays(file, tensors, metadata).read(what, header, start + header.bytes(), end);
            return;
        }
        NumpyType type = NumpyType.of(file, what, header.type());
        Shape shape = header.shape(file, what);
        if (shape == null) {
            metadata.put(name, "an array without elements");
            return;
        }
        long first = start + header.bytes();
        tensors.add(NumpyArrays.array(file, name, shape, type, header.isFortran(), first, end - first));
    }

    private static NpyHeader header(InputFile file, String name, long start, long end) {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(LONGEST_HEADER, end - start));
        file.read(start, bytes);
        try {
            return NpyHeader.read(
                    file, name, new DataInputStream(new ByteArrayInputStream(bytes.array())), end - start);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.tandem.weights.keras;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * An HDF5 file of weights, as Keras writes it: {@code model.save_weights}. The tensors are the datasets by their paths,
 * such as {@code conv_1/conv_1_W}, with the shapes that the file has. Attributes are not read, and there are no
 * metadata.
 */
public final class KerasFile {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};

    private KerasFile() {}

    /** Whether a file that begins with {@code firstBytes} is of this kind. */
    public static boolean matches(byte[] firstBytes) {
        return firstBytes.length >= SIGNATURE.length
                && Arrays.equals(firstBytes, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length);
    }

    /**
     * Opens a file and checks everything in it but its elements. No other file is ever opened: links are refused.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is damaged, or has a feature of HDF5 that
     *     weights do not need
     */
    public static TensorFile open(Path file) {
        return FileTensors.open(file, "HDF5", KerasFile::read);
    }

    private static FileTensors.Contents read(InputFile file) {
        return new FileTensors.Contents(new HdfDatasets(file).read(), Map.of());
    }
}

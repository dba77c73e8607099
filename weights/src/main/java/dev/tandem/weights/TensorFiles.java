package dev.tandem.weights;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.caffe.BinaryProto;
import dev.tandem.weights.caffe.CaffeFile;
import dev.tandem.weights.keras.KerasFile;
import dev.tandem.weights.matlab.MatFile;
import dev.tandem.weights.numpy.NpzFile;
import dev.tandem.weights.numpy.NumpyFile;
import dev.tandem.weights.onnx.OnnxFile;
import dev.tandem.weights.safetensors.SafetensorsFile;
import dev.tandem.weights.tensor.TensorFile;
import dev.tandem.weights.torch.TorchFile;
import dev.tandem.weights.torch.TorchLegacyFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/** Opens files of weights of any format: the list of formats. */
public final class TensorFiles {
    /** A tar archive says what it is after 257 bytes. */
    private static final int FIRST_BYTES = 512;

    private static final int LONGEST_HEADER = 16 << 20;

    /** What a checkpoint of Tandem's has in its header, and no other file. */
    private static final String STATE = "\"tandem.state\"";

    private record Format(Predicate<byte[]> matches, Function<Path, TensorFile> open) {}

    /** Those with a signature come before those that are recognized by their first fields. */
    private static final List<Format> FORMATS = List.of(
            new Format(NpzFile::matches, NpzFile::open),
            new Format(TorchFile::matches, TorchFile::open),
            new Format(NumpyFile::matches, NumpyFile::open),
            new Format(KerasFile::matches, KerasFile::open),
            new Format(MatFile::matches, MatFile::open),
            new Format(SafetensorsFile::matches, SafetensorsFile::open),
            new Format(TorchLegacyFile::matches, TorchLegacyFile::open),
            new Format(CaffeFile::matches, CaffeFile::open),
            new Format(OnnxFile::matches, OnnxFile::open),
            new Format(BinaryProto::matches, BinaryProto::open));

    private TensorFiles() {}

    /**
     * Opens a file by its first bytes.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is in none of the formats, telling what it
     *     is instead; or if it is damaged
     */
    public static TensorFile open(Path file) {
        byte[] first = firstBytes(file, FIRST_BYTES);
        return FORMATS.stream()
                .filter(format -> format.matches.test(first))
                .findFirst()
                .orElseThrow(() -> UnknownFile.error(file, first))
                .open
                .apply(file);
    }

    /**
     * Whether a file is a checkpoint of Tandem's, or can only be a damaged one; or nothing is there. Only its header is
     * read.
     */
    public static boolean isCheckpoint(Path file) {
        if (!Files.isRegularFile(file)) {
            return true;
        }
        byte[] first = firstBytes(file, FIRST_BYTES);
        if (SafetensorsFile.matches(first)) {
            long header = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
            byte[] bytes = firstBytes(file, (int) Math.min(LONGEST_HEADER, Long.BYTES + header));
            return new String(bytes, StandardCharsets.ISO_8859_1).contains(STATE);
        }
        return String.valueOf(file.getFileName()).endsWith(".safetensors");
    }

    private static byte[] firstBytes(Path file, int count) {
        if (!Files.isRegularFile(file)) { // opening a pipe would wait for its writer
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "read " + file,
                    "no such file",
                    Files.exists(file) ? "something that is no plain file" : "nothing there",
                    "a file of weights",
                    "Name the file as it was downloaded or saved");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(count);
        } catch (IOException e) {
            throw TandemException.failure(
                    ErrorCode.INPUT_OUTPUT,
                    "read " + file,
                    e.getClass().getSimpleName() + ": " + e.getMessage(),
                    "See that you may read the file, and that its disk can be read",
                    e);
        }
    }
}

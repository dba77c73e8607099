package dev.tandem.weights.matlab;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A MATLAB file (version 5, as MATLAB writes it with {@code -v6} or {@code -v7}) of a net of MatConvNet.
 *
 * <p>The tensors of layer {@code conv1} are {@code conv1.0}, its filters, and {@code conv1.1}, its biases; {@code
 * averageImage} is what is subtracted from each image. MATLAB has the first dimension innermost, so shapes are turned
 * round here: filters of (height, width, inputs, outputs) have the shape (outputs, inputs, width, height), and an
 * average image of (height, width, channels) has (channels, width, height). Whoever wants height before width has to
 * exchange the last two. Fully connected layers are such filters, too: those of {@code fc6} are (4096, 256, 6, 6).
 *
 * <p>The metadata are {@code layers}, all layers in their order, as {@code conv1:conv,relu1:relu}; the few numbers and
 * texts of a layer, such as {@code norm1.param}, and of the images' {@code normalization}, such as {@code
 * normalization.imageSize}, joined by commas; and {@code classes.name} and {@code classes.description}, JSON arrays.
 */
public final class MatFile {
    /** The format, in words. */
    public static final String FORMAT = "MATLAB";

    private static final String VERSION_5 = "MATLAB 5.0 MAT-file";
    private static final String VERSION_7_3 = "MATLAB 7.3 MAT-file";
    private static final int HEADER = 128;
    private static final int ORDER_AT = 126;
    private static final int TAG = 8;
    private static final int COMPRESSED = 15;
    private static final int MOST_VARIABLES = 1000;

    private MatFile() {}

    /** Whether a file that begins with {@code firstBytes} is of this kind, or of the newer that is refused. */
    public static boolean matches(byte[] firstBytes) {
        return begins(firstBytes, VERSION_5) || begins(firstBytes, VERSION_7_3);
    }

    private static boolean begins(byte[] firstBytes, String text) {
        return firstBytes.length >= text.length()
                && new String(firstBytes, 0, text.length(), StandardCharsets.US_ASCII).equals(text);
    }

    /**
     * Opens a file and checks everything in it but its numbers. Packed variables are unpacked into a temporary file.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is damaged, has no net, or is of version 7.3
     */
    public static TensorFile open(Path file) {
        return FileTensors.open(file, FORMAT, MatFile::read);
    }

    private static FileTensors.Contents read(InputFile file) {
        requireVersion(file);
        Map<String, MatValue> variables = new LinkedHashMap<>();
        MatReader reader = new MatReader(file);
        List<MatUnpacker.Part> packed = new ArrayList<>();
        ByteBuffer tag = ByteBuffer.allocate(TAG).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = HEADER; file.size() - at >= TAG; ) {
            file.read(at, tag.clear());
            long end = at + TAG + Integer.toUnsignedLong(tag.getInt(4));
            if (end > file.size()) {
                throw file.damaged("a variable at byte " + at, "an end at byte " + end, "one inside the file");
            }
            if (tag.getInt(0) == COMPRESSED) {
                packed.add(new MatUnpacker.Part(at + TAG, end));
                if (packed.size() > MOST_VARIABLES) {
                    throw file.damaged("packed variables", "more than " + MOST_VARIABLES, "fewer");
                }
            } else {
                put(reader.variable(at, end, MatConvNet.VARIABLES), variables);
            }
            at = end;
        }
        if (!packed.isEmpty()) {
            MatUnpacker unpacker = new MatUnpacker(file);
            MatReader unpacked = new MatReader(unpacker.unpack(packed));
            for (MatUnpacker.Part part : unpacker.unpacked()) {
                put(unpacked.variable(part.start(), part.end(), MatConvNet.VARIABLES), variables);
            }
        }
        return new MatConvNet(file, variables).contents();
    }

    private static void put(MatReader.Variable variable, Map<String, MatValue> variables) {
        if (variable.value() != null) {
            variables.put(variable.name(), variable.value());
        }
    }

    private static void requireVersion(InputFile file) {
        byte[] header = new byte[(int) Math.min(HEADER, file.size())];
        file.read(0, ByteBuffer.wrap(header));
        if (begins(header, VERSION_7_3)) {
            throw file.refused(
                    "MATLAB's version 7.3 of the format",
                    VERSION_7_3,
                    VERSION_5,
                    "Save it in MATLAB in an older version: net = load(file), save(other, '-struct', 'net', '-v7')");
        }
        if (!begins(header, VERSION_5) || header.length < HEADER) {
            throw file.damaged("its first bytes", header.length + " others", VERSION_5);
        }
        if (header[ORDER_AT] != 'I' || header[ORDER_AT + 1] != 'M') {
            throw file.refused(
                    "the order of bytes", "big-endian", "little-endian", "Save it again on a little-endian machine");
        }
    }
}

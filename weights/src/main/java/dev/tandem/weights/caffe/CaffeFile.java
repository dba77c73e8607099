package dev.tandem.weights.caffe;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.protobuf.FirstFields;
import dev.tandem.weights.protobuf.WireType;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A {@code .caffemodel}: a net with its weights, as Caffe saves it, of the older generation of layers ({@code layers})
 * or the newer ({@code layer}).
 *
 * <p>The tensors of layer {@code conv1} are {@code conv1.0}, its weights (outputs, inputs of a group, height, width, or
 * outputs, inputs), and {@code conv1.1}, its biases. The metadata are {@code name}, the net's; {@code layers}, all
 * layers in their order, as {@code data:Data,conv1:Convolution}; and what an exporter put into field {@link #METADATA}.
 */
public final class CaffeFile {
    /**
     * The field of {@code NetParameter}, unknown to Caffe, of metadata: any number of messages of a key (field 1) and a
     * value (field 2), both text, as ONNX has them.
     */
    public static final int METADATA = 10_000;

    /** The format, in words. */
    public static final String FORMAT = "Caffe";

    private static final Set<WireType> LENGTH = Set.of(WireType.LENGTH);
    private static final Set<WireType> NUMBER = Set.of(WireType.VARINT);
    private static final Map<Integer, Set<WireType>> FIELDS = Map.of(
            NetParameter.NAME,
            LENGTH,
            NetParameter.OLDER_LAYERS,
            LENGTH,
            3,
            LENGTH,
            4,
            Set.of(WireType.VARINT, WireType.LENGTH),
            5,
            NUMBER,
            6,
            LENGTH,
            7,
            NUMBER,
            8,
            LENGTH,
            NetParameter.LAYERS,
            LENGTH,
            METADATA,
            LENGTH);
    private static final int LENGTH_KEY_OF_NAME = 0x0A;

    private CaffeFile() {}

    /** Whether a file that begins with {@code firstBytes}, 64 or more if it has them, is of this kind. */
    public static boolean matches(byte[] firstBytes) {
        return FirstFields.of(firstBytes)
                        .fit(Set.of(NetParameter.NAME, NetParameter.OLDER_LAYERS, 3, NetParameter.LAYERS), FIELDS)
                && (firstBytes[0] != LENGTH_KEY_OF_NAME || nameIsText(firstBytes));
    }

    private static boolean nameIsText(byte[] firstBytes) {
        int length = firstBytes.length > 1 ? firstBytes[1] : 0; // a name of 128 bytes or more is none
        for (int i = 2; i < Math.min(firstBytes.length, 2 + length); i++) {
            if (firstBytes[i] >= 0 && firstBytes[i] < ' ') {
                return false;
            }
        }
        return length >= 0;
    }

    /**
     * Opens a file and checks everything in it but its numbers.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is damaged, has no weights, or is of a kind
     *     that Caffe itself has to upgrade
     */
    public static TensorFile open(Path file) {
        return FileTensors.open(file, FORMAT, NetParameter::read);
    }
}

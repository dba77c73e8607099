package dev.tandem.weights.caffe;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.protobuf.FirstFields;
import dev.tandem.weights.protobuf.Message;
import dev.tandem.weights.protobuf.WireType;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.TensorFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A {@code .binaryproto}: one blob, such as a mean image of channels (blue, green, red), height and width. It has one
 * tensor, {@code mean}.
 */
public final class BinaryProto {
    private static final String NAME = "mean";
    private static final int RANK = 3;
    private static final Set<WireType> NUMBER = Set.of(WireType.VARINT);
    private static final Map<Integer, Set<WireType>> FIELDS = Map.of(
            1,
            NUMBER,
            2,
            NUMBER,
            3,
            NUMBER,
            4,
            NUMBER,
            Blob.DATA,
            Set.of(WireType.LENGTH, WireType.FIXED32),
            6,
            Set.of(WireType.LENGTH, WireType.FIXED32),
            Blob.SHAPE,
            Set.of(WireType.LENGTH),
            Blob.DOUBLE_DATA,
            Set.of(WireType.LENGTH, WireType.FIXED64));

    private BinaryProto() {}

    /** Whether a file that begins with {@code firstBytes}, 64 or more if it has them, is of this kind. */
    public static boolean matches(byte[] firstBytes) {
        FirstFields fields = FirstFields.of(firstBytes);
        Set<Integer> numbers = fields.types().keySet();
        // ONNX begins with a number, too; but no blob has both that and a shape.
        boolean isOnnx = numbers.contains(1) && (numbers.size() == 1 || numbers.contains(Blob.SHAPE));
        return !isOnnx && fields.fit(Set.of(1, Blob.DATA, Blob.SHAPE, Blob.DOUBLE_DATA), FIELDS);
    }

    /**
     * Opens a file and checks everything in it but its numbers.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is damaged or of another kind
     */
    public static TensorFile open(Path file) {
        return FileTensors.open(
                file,
                "Caffe (one blob)",
                input -> new FileTensors.Contents(
                        List.of(Blob.read(NAME, Message.of(input, "BlobProto"), RANK)), Map.of()));
    }
}

package dev.tandem.weights.caffe;

import dev.tandem.spi.Shape;
import dev.tandem.weights.protobuf.Message;
import dev.tandem.weights.protobuf.RepeatedNumbers;
import dev.tandem.weights.protobuf.WireType;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads a {@code BlobProto}: a shape, of which there are two kinds, and numbers of single or double precision. */
final class Blob {
    static final int LAST_LEGACY_FIELD = 4;
    static final int DATA = 5;
    static final int SHAPE = 7;
    static final int DOUBLE_DATA = 8;

    private final String name;
    private final Message blob;
    private final RepeatedNumbers floats;
    private final RepeatedNumbers doubles;
    /** Null until the file has one. */
    private List<Long> shape;

    private final Long[] legacy = new Long[LAST_LEGACY_FIELD];

    private Blob(String name, Message blob) {
        this.name = name;
        this.blob = blob;
        this.floats = new RepeatedNumbers(blob, DATA, WireType.FIXED32);
        this.doubles = new RepeatedNumbers(blob, DOUBLE_DATA, WireType.FIXED64);
    }

    /**
     * Reads all of a blob but its numbers.
     *
     * @param rank how many dimensions the layer's type needs: of four dimensions of the older kind, those before these
     *     are 1, and are left out. Negative if it is not known: then all are left out that are 1 and come first
     */
    static StoredTensor read(String name, Message message, int rank) {
        Blob blob = new Blob(name, message);
        while (message.next()) {
            blob.readField();
        }
        return blob.tensor(rank);
    }

    private void readField() {
        switch (blob.field()) {
            case 1, 2, 3, LAST_LEGACY_FIELD -> legacy[blob.field() - 1] = blob.integer();
            case DATA -> floats.add();
            case SHAPE -> shape = readShape(blob.message("BlobShape"));
            case DOUBLE_DATA -> doubles.add();
            default -> {
                // The differences of training, which are no weights.
            }
        }
    }

    private static List<Long> readShape(Message message) {
        List<Long> dims = new ArrayList<>();
        while (message.next()) {
            if (message.field() == 1) {
                message.addIntegers(dims, TensorShape.MOST_DIMENSIONS);
            }
        }
        return dims;
    }

    private StoredTensor tensor(int rank) {
        if (floats.count() > 0 && doubles.count() > 0) {
            throw blob.file()
                    .damaged(
                            "the numbers of " + Names.visible(name),
                            floats.count() + " of single and " + doubles.count() + " of double precision",
                            "one kind");
        }
        RepeatedNumbers numbers = doubles.count() > 0 ? doubles : floats;
        Shape own = TensorShape.of(blob.file(), name, shape != null ? shape : legacyShape(rank));
        if (own.elements() != numbers.count()) {
            throw blob.file()
                    .damaged(
                            "the numbers of " + Names.visible(name),
                            numbers.count() == 0 ? "none" : numbers.count(),
                            own.elements() + " for " + own);
        }
        NumberType type = numbers == doubles ? NumberType.F64 : NumberType.F32;
        return new StoredTensor(name, own, type.name(), numbers.elements(type));
    }

    /** Without the dimensions that are there only because there had to be four. */
    private List<Long> legacyShape(int rank) {
        if (Arrays.stream(legacy).allMatch(dim -> dim == null)) {
            throw blob.file().damaged("the shape of " + Names.visible(name), "none", "a shape, or four dimensions");
        }
        List<Long> dims =
                Arrays.stream(legacy).map(dim -> dim == null ? 0L : dim).toList();
        int from = 0;
        while (from < dims.size() - Math.abs(rank) && dims.get(from) == 1) {
            from++;
        }
        return dims.subList(from, dims.size());
    }
}

package dev.tandem.weights.onnx;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.protobuf.Message;
import dev.tandem.weights.protobuf.RepeatedNumbers;
import dev.tandem.weights.protobuf.WireType;
import dev.tandem.weights.tensor.FileElements;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorShape;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a {@code TensorProto}: its elements are raw bytes, or numbers in one of several fields. */
final class TensorProto {
    private static final int FLOAT_DATA = 4;
    private static final int INT32_DATA = 5;
    private static final int INT64_DATA = 7;
    private static final int DOUBLE_DATA = 10;
    private static final int UINT64_DATA = 11;
    private static final int EXTERNAL = 1;

    private final InputFile file;
    private final Message message;
    private final List<Long> dims = new ArrayList<>();
    private final RepeatedNumbers floats;
    private final RepeatedNumbers doubles;
    /** Of 32 bits or fewer, those of half precision too. */
    private final RepeatedNumbers integers;

    private final RepeatedNumbers longs;
    /** Of 32 or 64 bits. */
    private final RepeatedNumbers unsigned;

    private String name = "";
    private long typeNumber;
    private boolean segmented;
    private boolean external;
    private String location = "";
    private long rawFrom = -1;
    private long rawLength;

    private TensorProto(Message message) {
        this.file = message.file();
        this.message = message;
        this.floats = new RepeatedNumbers(message, FLOAT_DATA, WireType.FIXED32);
        this.doubles = new RepeatedNumbers(message, DOUBLE_DATA, WireType.FIXED64);
        this.integers = new RepeatedNumbers(message, INT32_DATA, WireType.VARINT);
        this.longs = new RepeatedNumbers(message, INT64_DATA, WireType.VARINT);
        this.unsigned = new RepeatedNumbers(message, UINT64_DATA, WireType.VARINT);
    }

    /**
     * Reads all of a tensor but its elements.
     *
     * @param otherName used instead of its own if not empty
     * @return null for a tensor without elements, which has a dimension of 0
     */
    static @Nullable StoredTensor read(Message message, String otherName) {
        TensorProto tensor = new TensorProto(message);
        while (message.next()) {
            tensor.readField();
        }
        if (!otherName.isEmpty()) {
            tensor.name = otherName;
        }
        return tensor.dims.contains(0L) ? null : tensor.stored();
    }

    private void readField() {
        switch (message.field()) {
            case 1 -> message.addIntegers(dims, TensorShape.MOST_DIMENSIONS);
            case 2 -> typeNumber = message.integer();
            case 3 -> segmented = true;
            case FLOAT_DATA -> floats.add();
            case INT32_DATA -> integers.add();
            case INT64_DATA -> longs.add();
            case 8 -> name = message.text();
            case 9 -> {
                rawFrom = message.bytesFrom();
                rawLength = message.bytesLength();
            }
            case DOUBLE_DATA -> doubles.add();
            case UINT64_DATA -> unsigned.add();
            case 13 -> {
                external = true;
                Map.Entry<String, String> entry = message.entry();
                location = entry.getKey().equals("location") ? entry.getValue() : location;
            }
            case 14 -> external |= message.integer() == EXTERNAL;
            default -> {
                // Strings, which are refused by their type; documentation.
            }
        }
    }

    private StoredTensor stored() {
        if (external) {
            throw file.refused(
                    "the elements of " + Names.visible(name) + " are in another file",
                    location.isEmpty() ? "external data" : Names.visible(location),
                    "elements in the file itself",
                    "Save the model as one file: in Python, onnx.save(onnx.load(file), other), which takes them in");
        }
        OnnxType type = OnnxType.of(typeNumber);
        if (segmented || type == null || type == OnnxType.UNDEFINED) {
            throw file.damaged(
                    "the type of " + Names.visible(name),
                    segmented ? "a segment of a tensor" : typeNumber,
                    "a whole tensor of a type");
        }
        Shape shape = TensorShape.of(file, name, dims);
        if (type.elements == null) {
            return new StoredTensor(name, shape, type.name(), part -> {
                throw unreadable(type);
            });
        }
        if (rawFrom >= 0) {
            requireCount(shape, rawLength / type.elements.bytes(), rawLength % type.elements.bytes());
            return new StoredTensor(
                    name,
                    shape,
                    type.name(),
                    new FileElements(file, type.elements, ByteOrder.LITTLE_ENDIAN, rawFrom, shape.elements()));
        }
        RepeatedNumbers numbers = numbers(type.elements);
        requireCount(shape, numbers.count(), 0);
        return new StoredTensor(name, shape, type.name(), numbers.elements(type.elements));
    }

    private RepeatedNumbers numbers(NumberType type) {
        return switch (type) {
            case F32 -> floats;
            case F64 -> doubles;
            case I64 -> longs;
            case U32, U64 -> unsigned;
            case F16, BF16, I32, I16, U16, I8, U8, BOOL -> integers;
        };
    }

    private TandemException unreadable(OnnxType type) {
        return file.refused(
                "the elements of " + Names.visible(name),
                type,
                "numbers of 16, 32 or 64 bits",
                "Convert the tensor to 32 bits with the program that wrote the file");
    }

    private void requireCount(Shape shape, long count, long rest) {
        if (count != shape.elements() || rest != 0) {
            throw file.damaged(
                    "the elements of " + Names.visible(name),
                    count + (rest == 0 ? "" : " and a part of one"),
                    shape.elements() + " for " + shape);
        }
    }
}

package dev.tandem.weights.torch;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.pickle.PickleValue;
import dev.tandem.weights.pickle.PickleValue.Made;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.StridedElements;
import dev.tandem.weights.tensor.TensorShape;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes tensors of what a pickle says about them. */
final class TorchTensors {
    private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 16;
    private static final int MOST_USES = 16;

    private final InputFile file;
    private final Storages storages;
    private long bytes;

    /** Finds the elements that a container has outside of its pickle. */
    @FunctionalInterface
    interface Storages {
        /**
         * The position of a storage's first element in the file.
         *
         * @throws TandemException if there is no such storage, or it has fewer bytes
         */
        long start(String key, long bytes);
    }

    /** The extent of a tensor in its storage, in elements. */
    private record View(long offset, int[] dims, long[] strides, long elements, long needed) {}

    TorchTensors(InputFile file, Storages storages) {
        this.file = file;
        this.storages = storages;
    }

    /** Whether a value is a tensor or a parameter. */
    static boolean isTensor(PickleValue value) {
        return value instanceof Made;
    }

    /**
     * A tensor of a pickle.
     *
     * @param value for which {@link #isTensor} holds
     * @return null if it has no elements
     */
    @Nullable
    StoredTensor tensor(String name, PickleValue value) {
        Made made = made(name, value);
        if (made.by().equals(TorchTypes.REBUILD_PARAMETER) || made.by().equals(TorchTypes.PARAMETER)) {
            made = made(name, argument(name, made, 0));
        }
        boolean typed = made.by().equals(TorchTypes.REBUILD) || made.by().equals(TorchTypes.REBUILD_2);
        if (!typed && !made.by().equals(TorchTypes.REBUILD_3)) {
            throw unexpected(name, made);
        }
        StorageId storage = StorageId.of(file, argument(name, made, 0));
        View view = view(name, made);
        if (view == null) {
            return null;
        }
        requirePlain(name, made, typed ? 6 : 7);
        NumberType type = storage.type();
        String typeName = type == null ? argument(name, made, 6).describe().replace("torch.", "") : type.name();
        Shape shape = Shape.of(view.dims);
        if (type == null || !type.isFloating()) {
            return new StoredTensor(name, shape, typeName, part -> {
                throw notFloating(name, typeName);
            });
        }
        requireInside(name, view, storage, type);
        long start = storages.start(storage.key(), (storage.offset() + storage.elements()) * type.bytes())
                + (storage.offset() + view.offset) * type.bytes();
        return new StoredTensor(
                name,
                shape,
                typeName,
                StridedElements.of(file, type, ByteOrder.LITTLE_ENDIAN, start, view.dims, view.strides));
    }

    private Made made(String name, PickleValue value) {
        if (value instanceof Made made) {
            return made;
        }
        throw unexpected(name, value);
    }

    private PickleValue argument(String name, Made made, int index) {
        if (made.arguments().size() <= index) {
            throw unexpected(name, made);
        }
        return made.arguments().get(index);
    }

    private TandemException unexpected(String name, PickleValue value) {
        return file.damaged(Names.visible(name) + " is no tensor", value.describe(), "a tensor as PyTorch writes it");
    }

    private TandemException notFloating(String name, String type) {
        return file.refused(
                Names.visible(name) + " has an element type that weights cannot have",
                type,
                "F32, F16, BF16 or F64",
                "Convert the tensor with float() in PyTorch, and save the state_dict again");
    }

    /** Flags beside a tensor change what its elements are: conjugate or negative. */
    private void requirePlain(String name, Made made, int flags) {
        if (made.arguments().size() > flags
                && made.arguments().get(flags) instanceof PickleValue.Dict dictionary
                && !dictionary.entries().isEmpty()) {
            throw file.refused(
                    Names.visible(name) + " is a view that changes its elements",
                    dictionary.entries().get(0).key().describe(),
                    "a plain tensor",
                    "Save its clone(), in PyTorch: tensor.resolve_conj().resolve_neg().clone()");
        }
    }

    private @Nullable View view(String name, Made made) {
        long[] sizes = numbers(name, argument(name, made, 2));
        long[] strides = numbers(name, argument(name, made, 3));
        if (sizes.length != strides.length || !(argument(name, made, 1) instanceof PickleValue.Whole offset)) {
            throw unexpected(name, made);
        }
        long elements = 1;
        long last = offset.value();
        int[] dims = new int[sizes.length];
        for (int d = 0; d < sizes.length; d++) {
            if (sizes[d] < 0 || strides[d] < 0 || sizes[d] > 0 && elements > MOST_ELEMENTS / sizes[d]) {
                throw file.damaged(
                        Names.visible(name) + " has an impossible shape",
                        sizes[d] + " at stride " + strides[d],
                        "fewer than 2^31 elements");
            }
            dims[d] = (int) sizes[d];
            elements *= sizes[d];
            long inside = Math.max(0, sizes[d] - 1);
            last = inside > 0 && strides[d] > (Long.MAX_VALUE - last) / inside ? -1 : last + inside * strides[d];
            if (last < 0) {
                throw outside(name, "beyond 2^63", "a smaller place");
            }
        }
        return elements == 0 ? null : new View(offset.value(), dims, strides, elements, last + 1);
    }

    private long[] numbers(String name, PickleValue value) {
        if (!(value instanceof PickleValue.Sequence sequence)
                || sequence.values().size() > TensorShape.MOST_DIMENSIONS) {
            throw unexpected(name, value);
        }
        List<PickleValue> values = sequence.values();
        long[] numbers = new long[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(values.get(i) instanceof PickleValue.Whole whole)) {
                throw unexpected(name, values.get(i));
            }
            numbers[i] = whole.value();
        }
        return numbers;
    }

    private void requireInside(String name, View view, StorageId storage, NumberType type) {
        if (view.offset < 0 || view.needed > storage.elements()) {
            throw outside(name, view.offset + " to " + view.needed, storage.elements() + " elements");
        }
        bytes += view.elements * type.bytes();
        if (bytes > MOST_USES * file.size() || view.elements * type.bytes() > file.size()) {
            throw file.refused(
                    Names.visible(name) + " repeats the elements of a storage too often",
                    view.elements + " elements",
                    "no more bytes than the file has",
                    "Save its clone(), in PyTorch: {name: tensor.clone() for name, tensor in state_dict.items()}");
        }
    }

    private TandemException outside(String name, Object got, Object expected) {
        return file.damaged(Names.visible(name) + " lies outside of its storage", got, expected);
    }
}

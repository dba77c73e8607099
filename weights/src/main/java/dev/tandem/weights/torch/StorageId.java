package dev.tandem.weights.torch;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.pickle.PickleValue;
import dev.tandem.weights.pickle.PickleValue.Sequence;
import dev.tandem.weights.pickle.PickleValue.Whole;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.NumberType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle says about a storage, which lies outside of it. The device that it was on is of no interest.
 *
 * @param type of its elements; null if the storage has none, and a tensor says it
 * @param key its name in the container
 * @param offset the first element that is used: a storage may be a view of another
 * @param elements how many are used
 * @param all how many there are; bytes for a storage without a type
 */
record StorageId(@Nullable NumberType type, String key, long offset, long elements, long all) {
    private static final int PARTS = 5;
    private static final int PARTS_OF_VIEW = 3;

    static StorageId of(InputFile file, PickleValue value) {
        if (!(value instanceof PickleValue.Reference reference)
                || !(reference.identifier() instanceof Sequence identifier)
                || identifier.values().size() < PARTS
                || identifier.values().size() > PARTS + 1) {
            throw unexpected(file, value);
        }
        List<PickleValue> parts = identifier.values();
        String key = parts.get(2).asText();
        if (!"storage".equals(parts.get(0).asText())
                || !(parts.get(1) instanceof PickleValue.Global type)
                || !(TorchTypes.STORAGES.containsKey(type.name()) || type.name().equals(TorchTypes.UNTYPED))
                || key == null
                || !(parts.get(4) instanceof Whole all)
                || all.value() < 0
                || all.value() > file.size()) {
            throw unexpected(file, identifier);
        }
        NumberType elements = TorchTypes.STORAGES.get(type.name());
        PickleValue view = parts.size() > PARTS ? parts.get(PARTS) : new PickleValue.None();
        return view instanceof PickleValue.None
                ? new StorageId(elements, key, 0, all.value(), all.value())
                : viewed(file, elements, key, all.value(), view);
    }

    private static StorageId viewed(InputFile file, @Nullable NumberType type, String key, long all, PickleValue view) {
        if (view instanceof Sequence parts
                && parts.values().size() == PARTS_OF_VIEW
                && parts.values().get(1) instanceof Whole offset
                && parts.values().get(2) instanceof Whole elements
                && offset.value() >= 0
                && elements.value() >= 0
                && offset.value() <= all - elements.value()) {
            return new StorageId(type, key, offset.value(), elements.value(), all);
        }
        throw unexpected(file, view);
    }

    private static TandemException unexpected(InputFile file, PickleValue value) {
        return file.damaged("a storage is not named as PyTorch does it", value.describe(), "its type, key and size");
    }
}

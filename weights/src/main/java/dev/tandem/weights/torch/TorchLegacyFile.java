package dev.tandem.weights.torch;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.pickle.PickleInput;
import dev.tandem.weights.pickle.PickleReader;
import dev.tandem.weights.pickle.PickleValue;
import dev.tandem.weights.tensor.FileTensors;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import dev.tandem.weights.tensor.TensorFile;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The files that PyTorch wrote before version 1.6, under Python 2 or 3: five pickles one behind the other, then the
 * elements of each storage. Names and metadata are as {@link TorchFile} has them.
 */
public final class TorchLegacyFile {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final int VERSION = 1001;
    private static final int PICKLE = 0x80;
    private static final int FIRST_PROTOCOL = 2;
    private static final int LAST_PROTOCOL = 5;

    private final InputFile file;
    private final Map<String, Storage> storages = new HashMap<>();

    private record Storage(long start, long bytes) {}

    private TorchLegacyFile(InputFile file) {
        this.file = file;
    }

    /** Whether a file that begins so may be one: it begins with a pickle. */
    public static boolean matches(byte[] firstBytes) {
        return firstBytes.length >= 2
                && Byte.toUnsignedInt(firstBytes[0]) == PICKLE
                && firstBytes[1] >= FIRST_PROTOCOL
                && firstBytes[1] <= LAST_PROTOCOL;
    }

    /**
     * Opens a file: a state_dict, or a training checkpoint with one.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is damaged, carries code, or
     *     has tensors that weights cannot be
     */
    public static TensorFile open(Path file) {
        return FileTensors.open(file, "PyTorch (before 1.6)", input -> new TorchLegacyFile(input).read());
    }

    private FileTensors.Contents read() {
        PickleInput input = new PickleInput(file, 0, file.size());
        PickleReader reader =
                new PickleReader(input, TorchTypes.allowed(), (name, within) -> TorchTypes.refusal(file, name, within));
        if (!(reader.read() instanceof PickleValue.Big magic) || !magic.value().equals(MAGIC)) {
            throw file.refused(
                    "a pickle that PyTorch did not write",
                    "another value than its magic number",
                    "a file of torch.save",
                    "Save arrays with numpy.savez, or tensors with torch.save");
        }
        PickleValue version = reader.read();
        if (!(version instanceof PickleValue.Whole number) || number.value() != VERSION) {
            throw file.refused(
                    "another version of the format",
                    version.describe(),
                    VERSION,
                    "Load the file in PyTorch, and save its state_dict again");
        }
        requireLittleEndian(reader.read());
        PickleValue root = reader.read();
        PickleValue keys = reader.read();
        locate(reader, keys, input.position());
        return StateDict.read(file, root, this::start);
    }

    private void requireLittleEndian(PickleValue system) {
        if (system instanceof PickleValue.Dict dictionary
                && dictionary.get("little_endian") instanceof PickleValue.Truth little
                && !little.value()) {
            throw file.refused(
                    "another order of bytes", "big", "little", "Save the state_dict again on a little-endian machine");
        }
    }

    /** Storages lie one behind the other, each after the number of its elements. */
    private void locate(PickleReader reader, PickleValue keys, long behindPickles) {
        if (!(keys instanceof PickleValue.Sequence list)) {
            throw file.damaged("no list of storages", keys.describe(), "a list of keys");
        }
        Map<String, StorageId> named = new HashMap<>();
        for (PickleValue reference : reader.references()) {
            StorageId id = StorageId.of(file, reference);
            StorageId other = named.putIfAbsent(id.key(), id);
            if (other != null && other.type() != id.type()) {
                throw file.damaged("a storage has two types", Names.visible(id.key()), "one");
            }
        }
        PickleInput counts = new PickleInput(file, behindPickles, file.size());
        for (PickleValue key : list.values()) {
            StorageId id = key.asText() == null ? null : named.get(key.asText());
            if (id == null) {
                throw file.damaged("a storage that no tensor uses", key.describe(), "the key of a tensor");
            }
            NumberType type = id.type();
            long bytes = Math.multiplyExact(id.all(), type == null ? 1 : type.bytes());
            long count = counts.longInteger();
            if (count != id.all() || bytes > counts.remaining()) {
                throw file.damaged(
                        "storage " + Names.visible(id.key()) + " has another size",
                        count + " elements, and " + counts.remaining() + " bytes follow",
                        id.all() + " elements");
            }
            storages.put(id.key(), new Storage(counts.position(), bytes));
            counts.skip(bytes);
        }
    }

    private long start(String key, long bytes) {
        Storage storage = storages.get(key);
        if (storage == null || storage.bytes < bytes) {
            throw file.damaged(
                    "storage " + Names.visible(key) + " is missing or too short",
                    storage == null ? "none" : storage.bytes + " bytes",
                    bytes + " bytes");
        }
        return storage.start;
    }
}

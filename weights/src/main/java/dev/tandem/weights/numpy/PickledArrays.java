package dev.tandem.weights.numpy;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.pickle.PickleInput;
import dev.tandem.weights.pickle.PickleReader;
import dev.tandem.weights.pickle.PickleValue;
import dev.tandem.weights.pickle.PickleValue.Dict;
import dev.tandem.weights.pickle.PickleValue.Made;
import dev.tandem.weights.pickle.PickleValue.Sequence;
import dev.tandem.weights.pickle.PickleValue.Whole;
import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.StoredTensor;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads an array of one object: a dictionary of arrays. Their elements stay in the file. */
final class PickledArrays {
    private static final Set<String> RECONSTRUCT =
            Set.of("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct");
    private static final String ARRAY = "numpy.ndarray";
    private static final String TYPE = "numpy.dtype";
    private static final Set<String> ALLOWED = Set.of(
            "numpy.core.multiarray._reconstruct",
            "numpy._core.multiarray._reconstruct",
            ARRAY,
            TYPE,
            "collections.OrderedDict");
    private static final int STATE_PARTS = 5;
    private static final int TYPE_PARTS = 8;
    private static final int MOST_DIMENSIONS = 8;
    private static final int MOST_USES = 16;

    private final InputFile file;
    private final List<StoredTensor> tensors;
    private final Map<String, String> metadata;
    private long bytes;

    PickledArrays(InputFile file, List<StoredTensor> tensors, Map<String, String> metadata) {
        this.file = file;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /** Reads what {@code header} announces, from {@code start} to before {@code end}. */
    void read(String name, NpyHeader header, long start, long end) {
        PickleValue root = new PickleReader(
                        new PickleInput(file, start, end), ALLOWED, (global, within) -> refusal(global))
                .read();
        List<PickleValue> state = state(name, root);
        if (header.dims().length > 1
                || !(state.get(4) instanceof Sequence objects)
                || objects.values().size() != 1
                || !(objects.values().get(0) instanceof Dict dictionary)) {
            throw file.refused(
                    name + " is an array of objects that is no dictionary",
                    state.get(4).describe(),
                    "a dict of arrays by name",
                    "Save the arrays by name, in Python: numpy.savez(FILE, conv1=W1, ...)");
        }
        for (PickleValue.Entry entry : dictionary.entries()) {
            readEntry(key(entry), entry.value());
        }
    }

    private TandemException refusal(String global) {
        String loaded = "numpy.load(" + Names.inPython(file.path()) + ", allow_pickle=True, encoding='latin1')";
        if (global.equals("_codecs.encode")) { // what Python 3 makes of bytes in protocol 2
            return file.refused(
                    "a pickle of protocol 2 that Python 3 wrote, which has its numbers as text",
                    global,
                    "protocol 4, or 2 of Python 2",
                    "Save it again with NumPy 1.17 or later: numpy.save('weights.npy', " + loaded + ")");
        }
        return file.refused(
                "a pickled object of a class, which carries code",
                global,
                "a dict of arrays by name",
                "If you trust the file, load it in Python with " + loaded
                        + ", and save its arrays by name: numpy.savez('weights.npz', conv1=W1, ...)");
    }

    private String key(PickleValue.Entry entry) {
        String key = entry.key().asText();
        if (key == null) {
            throw file.refused(
                    "an array has no name",
                    entry.key().describe(),
                    "names such as 'conv1'",
                    "Save the arrays by name, in Python: numpy.savez(FILE, conv1=W1, ...)");
        }
        return key;
    }

    private void readEntry(String name, PickleValue value) {
        if (value instanceof Sequence list && list.values().size() == 2) {
            addArray(name + "/weights", list.values().get(0));
            addArray(name + "/biases", list.values().get(1));
        } else if (value instanceof Dict inner) {
            for (PickleValue.Entry entry : inner.entries()) {
                addArray(name + "/" + key(entry), entry.value());
            }
        } else {
            addArray(name, value);
        }
    }

    private void addArray(String name, PickleValue value) {
        if (!(value instanceof Made)) {
            metadata.put(name, value.describe());
            return;
        }
        List<PickleValue> state = state(name, value);
        NumpyType type = type(name, state.get(2));
        NpyHeader header = new NpyHeader(type.name(), truth(name, state.get(3)), dims(name, state.get(1)), 0);
        Shape shape = header.shape(file, Names.visible(name));
        if (shape == null) {
            metadata.put(name, "an array without elements");
            return;
        }
        if (!(state.get(4) instanceof PickleValue.Bytes elements)) {
            throw unexpected(name, state.get(4));
        }
        bytes += elements.length();
        if (bytes > MOST_USES * file.size()) {
            throw file.refused(
                    "the arrays repeat each other too often",
                    bytes + " bytes",
                    "at most " + MOST_USES + " times the file",
                    "Save each array once");
        }
        tensors.add(
                NumpyArrays.array(file, name, shape, type, header.isFortran(), elements.start(), elements.length()));
    }

    /** The state of an array: version, shape, type, order and elements. */
    private List<PickleValue> state(String name, PickleValue value) {
        if (value instanceof Made made
                && RECONSTRUCT.contains(made.by())
                && made.state() instanceof Sequence state
                && state.values().size() == STATE_PARTS) {
            return state.values();
        }
        throw unexpected(name, value);
    }

    private NumpyType type(String name, PickleValue value) {
        if (value instanceof Made made
                && made.by().equals(TYPE)
                && !made.arguments().isEmpty()
                && made.arguments().get(0).asText() != null
                && made.state() instanceof Sequence state
                && state.values().size() >= TYPE_PARTS
                && state.values().get(1).asText() != null) {
            return NumpyType.of(
                    file,
                    Names.visible(name),
                    state.values().get(1).asText() + made.arguments().get(0).asText());
        }
        throw unexpected(name, value);
    }

    private boolean truth(String name, PickleValue value) {
        if (value instanceof PickleValue.Truth truth) {
            return truth.value();
        }
        if (value instanceof Whole whole) { // Python 2 wrote some as integers
            return whole.value() != 0;
        }
        throw unexpected(name, value);
    }

    private long[] dims(String name, PickleValue value) {
        if (!(value instanceof Sequence sequence) || sequence.values().size() > MOST_DIMENSIONS) {
            throw unexpected(name, value);
        }
        return sequence.values().stream()
                .mapToLong(dim -> {
                    if (dim instanceof Whole whole && whole.value() >= 0 && whole.value() <= Integer.MAX_VALUE) {
                        return whole.value();
                    }
                    throw unexpected(name, dim);
                })
                .toArray();
    }

    private TandemException unexpected(String name, PickleValue value) {
        return file.damaged(
                Names.visible(name) + " is not pickled as NumPy does it", value.describe(), "an array of numbers");
    }
}

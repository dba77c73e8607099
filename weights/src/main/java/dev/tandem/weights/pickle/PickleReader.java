package dev.tandem.weights.pickle;

import dev.tandem.spi.TandemException;
import dev.tandem.weights.pickle.PickleValue.Bytes;
import dev.tandem.weights.pickle.PickleValue.Dict;
import dev.tandem.weights.pickle.PickleValue.Global;
import dev.tandem.weights.pickle.PickleValue.Made;
import dev.tandem.weights.pickle.PickleValue.Reference;
import dev.tandem.weights.pickle.PickleValue.Sequence;
import dev.tandem.weights.pickle.PickleValue.Text;
import dev.tandem.weights.pickle.PickleValue.Whole;
import dev.tandem.weights.tensor.Names;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads pickles of protocols 2 to 5 as data. Functions and classes are taken from a list of names, and not even those
 * are called: the value says which it is, and with which arguments. Every other name is refused when it is met.
 */
public final class PickleReader {
    private static final String ORDERED_DICTIONARY = "collections.OrderedDict";
    private static final int FIRST_PROTOCOL = 2;
    private static final int LAST_PROTOCOL = 5;
    private static final int MOST_OPERATIONS = 1 << 20;
    private static final int MOST_MARKS = 1_000;
    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_TEXT = 1 << 20;
    private static final int SHORT_BYTES = 4096;

    private final PickleInput input;
    private final Set<String> allowed;
    private final Refusal refusal;
    private final List<Reference> references = new ArrayList<>();
    private final Map<Long, PickleValue> memo = new HashMap<>();
    private PickleStack stack;
    private int copied;

    /** Says that a class or function is not on the list. */
    @FunctionalInterface
    public interface Refusal {
        /**
         * The error.
         *
         * @param name of the class or function, with its module
         * @param within what the pickle had begun with before; null if nothing, so that the whole is such an object
         */
        TandemException of(String name, @Nullable PickleValue within);
    }

    /**
     * A reader of one pickle after the other.
     *
     * @param allowed the classes and functions that may be named, with their modules
     */
    public PickleReader(PickleInput input, Set<String> allowed, Refusal refusal) {
        this.input = input;
        this.allowed = Set.copyOf(allowed);
        this.refusal = refusal;
        this.stack = new PickleStack(input.file());
    }

    /** The persistent ids that were met so far. */
    public List<Reference> references() {
        return List.copyOf(references);
    }

    /**
     * Reads the next pickle.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CHECKPOINT}) if it is damaged, or needs what is
     *     not allowed
     */
    public PickleValue read() {
        stack = new PickleStack(input.file());
        memo.clear();
        requireProtocol();
        for (int operations = 0; operations < MOST_OPERATIONS; operations++) {
            int code = input.unsignedByte();
            if (code == Opcode.STOP) {
                return stack.only();
            }
            step(code);
        }
        throw tooLong();
    }

    private TandemException tooLong() {
        return input.file()
                .refused(
                        "the pickle is too long",
                        "more than " + MOST_OPERATIONS + " operations",
                        "a dictionary of tensors",
                        "Save the state_dict alone");
    }

    private void requireProtocol() {
        int code = input.unsignedByte();
        int protocol = code == Opcode.PROTO ? input.unsignedByte() : 0;
        if (code != Opcode.PROTO || protocol < FIRST_PROTOCOL || protocol > LAST_PROTOCOL) {
            throw input.file()
                    .refused(
                            "another protocol of pickle",
                            code == Opcode.PROTO ? protocol : "none that it names",
                            FIRST_PROTOCOL + " to " + LAST_PROTOCOL,
                            "Save the file again with pickle protocol 2 or 4");
        }
    }

    private void step(int code) {
        switch (code) {
            case Opcode.FRAME -> input.requireRemaining(input.longInteger());
            case Opcode.MARK -> mark();
            case Opcode.NONE -> stack.push(new PickleValue.None());
            case Opcode.NEWTRUE -> stack.push(new PickleValue.Truth(true));
            case Opcode.NEWFALSE -> stack.push(new PickleValue.Truth(false));
            case Opcode.BININT -> stack.push(new Whole(input.integer()));
            case Opcode.BININT1 -> stack.push(new Whole(input.unsignedByte()));
            case Opcode.BININT2 -> stack.push(new Whole(input.unsignedShort()));
            case Opcode.LONG1 -> stack.push(longInteger(input.bytes(input.unsignedByte())));
            case Opcode.BINFLOAT -> stack.push(new PickleValue.Real(input.bigEndianDouble()));
            case Opcode.BINUNICODE -> stack.push(text(input.unsignedInteger()));
            case Opcode.SHORT_BINUNICODE -> stack.push(text(input.unsignedByte()));
            case Opcode.SHORT_BINSTRING, Opcode.SHORT_BINBYTES -> stack.push(bytes(input.unsignedByte()));
            case Opcode.BINSTRING, Opcode.BINBYTES -> stack.push(bytes(input.unsignedInteger()));
            case Opcode.BINBYTES8 -> stack.push(bytes(input.longInteger()));
            case Opcode.EMPTY_TUPLE -> stack.push(tuple(List.of()));
            case Opcode.EMPTY_LIST -> stack.push(new Sequence("list", new ArrayList<>(0)));
            case Opcode.EMPTY_SET -> stack.push(new Sequence("set", new ArrayList<>(0)));
            case Opcode.EMPTY_DICT -> stack.push(new Dict());
            case Opcode.TUPLE -> stack.push(tuple(stack.popToMark()));
            case Opcode.TUPLE1, Opcode.TUPLE2, Opcode.TUPLE3 -> stack.push(tuple(stack.pop(code - Opcode.TUPLE1 + 1)));
            case Opcode.APPEND -> appendAll(stack.pop(1));
            case Opcode.APPENDS, Opcode.ADDITEMS -> appendAll(stack.popToMark());
            case Opcode.SETITEM -> setAll(stack.pop(2));
            case Opcode.SETITEMS -> setAll(stack.popToMark());
            case Opcode.BINPUT -> memo.put((long) input.unsignedByte(), stack.top());
            case Opcode.LONG_BINPUT -> memo.put(input.unsignedInteger(), stack.top());
            case Opcode.MEMOIZE -> memo.put((long) memo.size(), stack.top());
            case Opcode.BINGET -> stack.push(remembered(input.unsignedByte()));
            case Opcode.LONG_BINGET -> stack.push(remembered(input.unsignedInteger()));
            case Opcode.GLOBAL -> stack.push(global(input.line(LONGEST_NAME) + "." + input.line(LONGEST_NAME)));
            case Opcode.STACK_GLOBAL -> stackGlobal();
            case Opcode.REDUCE, Opcode.NEWOBJ -> make();
            case Opcode.BUILD -> build();
            case Opcode.BINPERSID -> reference();
            default -> throw unknown(code);
        }
    }

    private TandemException unknown(int code) {
        return input.file()
                .refused(
                        "the pickle has an operation that weights do not need",
                        String.format("0x%02x at %d", code, input.position() - 1),
                        "a dictionary of tensors",
                        "If the file is not damaged, save the tensors alone: their state_dict, or arrays with numpy.savez");
    }

    private void mark() {
        if (stack.mark() > MOST_MARKS) {
            throw input.file().damaged("the pickle is nested too deeply", "more than " + MOST_MARKS, MOST_MARKS);
        }
    }

    private static Sequence tuple(List<PickleValue> values) {
        return new Sequence("tuple", values);
    }

    /** An integer in two's complement, its lowest byte first. */
    private static PickleValue longInteger(byte[] bytes) {
        if (bytes.length == 0) {
            return new Whole(0);
        }
        byte[] turned = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            turned[i] = bytes[bytes.length - 1 - i];
        }
        BigInteger value = new BigInteger(turned);
        return value.bitLength() < Long.SIZE ? new Whole(value.longValue()) : new PickleValue.Big(value);
    }

    private Text text(long length) {
        if (length > LONGEST_TEXT) {
            throw input.file()
                    .refused(
                            "a text in the pickle is too long",
                            length + " bytes",
                            LONGEST_TEXT + " or fewer",
                            "Save the tensors alone; arrays with numpy.savez");
        }
        return new Text(new String(input.bytes((int) length), StandardCharsets.UTF_8));
    }

    private Bytes bytes(long length) {
        input.requireRemaining(length);
        long start = input.position();
        if (length <= SHORT_BYTES) {
            return new Bytes(start, length, new String(input.bytes((int) length), StandardCharsets.UTF_8));
        }
        input.skip(length);
        return new Bytes(start, length, null);
    }

    private PickleValue remembered(long index) {
        PickleValue value = memo.get(index);
        if (value == null) {
            throw input.file().damaged("the pickle takes a value that it did not store", index, "a stored one");
        }
        return value;
    }

    private Global global(String name) {
        if (!allowed.contains(name)) {
            throw refusal.of(Names.visible(name), stack.isEmpty() ? null : stack.bottom());
        }
        return new Global(name);
    }

    private void stackGlobal() {
        List<PickleValue> parts = stack.pop(2);
        String module = parts.get(0).asText();
        String name = parts.get(1).asText();
        if (module == null || name == null) {
            throw misplaced("a name that is no text", parts.get(1));
        }
        stack.push(global(module + "." + name));
    }

    private void make() {
        List<PickleValue> parts = stack.pop(2);
        if (!(parts.get(0) instanceof Global made)) {
            throw misplaced("something made by what is no class or function", parts.get(0));
        }
        if (!(parts.get(1) instanceof Sequence arguments) || !arguments.isTuple()) {
            throw misplaced("arguments that are no tuple", parts.get(1));
        }
        stack.push(
                made.name().equals(ORDERED_DICTIONARY)
                        ? orderedDictionary(arguments.values)
                        : new Made(made.name(), arguments));
    }

    /** Empty, or made of a list of pairs, as Python 2 does it. */
    private Dict orderedDictionary(List<PickleValue> arguments) {
        Dict dictionary = new Dict();
        if (arguments.isEmpty()) {
            return dictionary;
        }
        if (arguments.size() > 1 || !(arguments.get(0) instanceof Sequence pairs)) {
            throw misplaced("an OrderedDict of", arguments.get(0));
        }
        copied += pairs.values.size(); // one short list may be named again and again
        if (copied > MOST_OPERATIONS) {
            throw tooLong();
        }
        for (PickleValue pair : pairs.values) {
            if (!(pair instanceof Sequence two) || two.values.size() != 2) {
                throw misplaced("a pair of an OrderedDict", pair);
            }
            dictionary.entries.add(new PickleValue.Entry(two.values.get(0), two.values.get(1)));
        }
        return dictionary;
    }

    private void build() {
        List<PickleValue> parts = stack.pop(2);
        if (parts.get(0) instanceof Made made && made.state == null) {
            made.state = parts.get(1);
        } else if (!(parts.get(0) instanceof Dict)) { // attributes of a dictionary, such as _metadata, are not needed
            throw misplaced("a state for", parts.get(0));
        }
        stack.push(parts.get(0));
    }

    private void reference() {
        Reference reference = new Reference(stack.pop(1).get(0));
        references.add(reference);
        stack.push(reference);
    }

    private void appendAll(List<PickleValue> values) {
        if (!(stack.top() instanceof Sequence sequence) || sequence.isTuple()) {
            throw misplaced("values appended to", stack.top());
        }
        sequence.values.addAll(values);
    }

    private void setAll(List<PickleValue> values) {
        if (!(stack.top() instanceof Dict dictionary) || values.size() % 2 != 0) {
            throw misplaced(values.size() + " keys and values set in", stack.top());
        }
        for (int i = 0; i < values.size(); i += 2) {
            dictionary.entries.add(new PickleValue.Entry(values.get(i), values.get(i + 1)));
        }
    }

    private TandemException misplaced(String wrong, PickleValue value) {
        return input.file().damaged("the pickle has " + wrong, value.describe(), "what Python writes");
    }
}

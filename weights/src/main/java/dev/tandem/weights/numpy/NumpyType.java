package dev.tandem.weights.numpy;

import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.Names;
import dev.tandem.weights.tensor.NumberType;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * The type of an array's elements.
 *
 * @param name as NumPy calls it: {@code <f4}
 */
record NumpyType(String name, NumberType type, ByteOrder order) {
    static final String OBJECTS = "O";
    private static final Map<String, NumberType> TYPES = Map.ofEntries(
            Map.entry("f2", NumberType.F16),
            Map.entry("f4", NumberType.F32),
            Map.entry("f8", NumberType.F64),
            Map.entry("b1", NumberType.BOOL),
            Map.entry("i1", NumberType.I8),
            Map.entry("u1", NumberType.U8),
            Map.entry("i2", NumberType.I16),
            Map.entry("u2", NumberType.U16),
            Map.entry("i4", NumberType.I32),
            Map.entry("u4", NumberType.U32),
            Map.entry("i8", NumberType.I64),
            Map.entry("u8", NumberType.U64));

    /** Whether a type is that of objects, as a header names it. */
    static boolean isObjects(String name) {
        return name.equals("|O") || name.equals("O") || name.equals("|O8") || name.equals("|O4");
    }

    /**
     * The type of a name such as {@code <f4}.
     *
     * @param what has it, for messages
     */
    static NumpyType of(InputFile file, String what, String name) {
        boolean isOrdered = !name.isEmpty() && "<>|=".indexOf(name.charAt(0)) >= 0;
        NumberType type = TYPES.get(isOrdered ? name.substring(1) : name);
        if (type == null) {
            throw file.refused(
                    what + " has elements that are no numbers, or of a type that weights cannot have",
                    Names.visible(name),
                    "f2, f4, f8 or integers",
                    "Save the array again as single precision: numpy.save(FILE, array.astype('float32'))");
        }
        return new NumpyType(name, type, name.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    }
}

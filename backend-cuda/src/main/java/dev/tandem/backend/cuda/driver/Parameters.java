package dev.tandem.backend.cuda.driver;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parameters of a kernel as its PTX declares them, and the offset of each in the buffer of a launch.
 *
 * @param bytes the size of the buffer
 */
public record Parameters(String kernel, List<Parameter> list, int bytes) {
    private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+(\\w+)\\s*\\(([^)]*)\\)");
    private static final Pattern DECLARATION =
            Pattern.compile("\\.param\\s+(?:\\.align\\s+(\\d+)\\s+)?\\.(\\w+)\\s+\\w+(?:\\[(\\d+)])?");

    /** The types of parameters. */
    public enum Kind {
        /** An address, or an integer of 64 bits. */
        WIDE(8),
        /** An integer of 32 bits. */
        INTEGER(4),
        /** Single precision. */
        REAL(4),
        /** A struct by value. */
        STRUCT(0);

        private final int bytes;

        Kind(int bytes) {
            this.bytes = bytes;
        }
    }

    /**
     * One parameter.
     *
     * @param offset its offset in the buffer, in bytes
     */
    public record Parameter(Kind kind, int offset, int bytes) {}

    /** The kernels that {@code ptx} declares, by name. */
    static Map<String, Parameters> parse(String ptx) {
        Map<String, Parameters> kernels = new LinkedHashMap<>();
        for (Matcher entry = ENTRY.matcher(ptx); entry.find(); ) {
            kernels.put(entry.group(1), parse(entry.group(1), entry.group(2)));
        }
        return kernels;
    }

    private static Parameters parse(String kernel, String declarations) {
        List<Parameter> list = new ArrayList<>();
        int end = 0;
        for (Matcher declaration = DECLARATION.matcher(declarations); declaration.find(); ) {
            Kind kind =
                    switch (declaration.group(2)) {
                        case "u64", "s64", "b64" -> Kind.WIDE;
                        case "u32", "s32", "b32" -> Kind.INTEGER;
                        case "f32" -> Kind.REAL;
                        case "b8" -> Kind.STRUCT;
                        default ->
                            throw new IllegalStateException(kernel + ": a parameter of type " + declaration.group(2));
                    };
            int bytes = kind == Kind.STRUCT ? Integer.parseInt(declaration.group(3)) : kind.bytes;
            int alignment = declaration.group(1) == null ? bytes : Integer.parseInt(declaration.group(1));
            int offset = (end + alignment - 1) / alignment * alignment;
            list.add(new Parameter(kind, offset, bytes));
            end = offset + bytes;
        }
        return new Parameters(kernel, List.copyOf(list), end);
    }
}

package dev.tandem.weights.matlab;

import dev.tandem.weights.tensor.InputFile;
import dev.tandem.weights.tensor.NumberType;
import java.util.List;
import java.util.Map;

/** A value of a MAT file. */
sealed interface MatValue {
    /** A cell array, in the order of the file: the first dimension innermost. */
    record Cell(List<MatValue> values) implements MatValue {}

    /** A struct, or an array of structs: the fields of each. */
    record Struct(List<Map<String, MatValue>> elements) implements MatValue {}

    /** Text in one line. */
    record Text(String text) implements MatValue {}

    /**
     * Numbers, which stay in the file.
     *
     * @param file has them
     * @param dims with the first, the innermost, first
     * @param type how they are stored, which may be smaller than the array's class
     * @param start where the first is
     * @param count how many there are; 0 for an empty array
     */
    record Numbers(InputFile file, List<Long> dims, NumberType type, long start, long count) implements MatValue {}

    /** Anything else, such as a function or an object. */
    record Other(String kind) implements MatValue {}
}

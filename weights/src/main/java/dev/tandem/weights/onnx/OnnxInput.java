package dev.tandem.weights.onnx;

import java.util.List;

/**
 * What a graph reads or writes.
 *
 * @param name such as {@code data_0}
 * @param dims its dimensions, the batch first; {@link #FREE} if one is not fixed. Empty if the file has no shape
 */
public record OnnxInput(String name, List<Long> dims) {
    /** A dimension of any size. */
    public static final long FREE = -1;

    public OnnxInput {
        dims = List.copyOf(dims);
    }
}

package dev.tandem.backend.cpu;

import java.util.Arrays;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * How a list of elements lies in memory. The elements' order is the row-major order of {@code dims}, which may differ from
 * the tensor's own extents (a flattened map keeps the dims of the map); where they lie is oneDNN's descriptor. One object
 * stands for one layout, so that layouts are compared by identity.
 */
final class Layout {
    private final dnnl_memory_desc descriptor;
    private final Precision precision;
    private final long[] dims;
    private final int tag;
    private final long bytes;
    private final Layout columns;

    /**
     * @param descriptor oneDNN's description
     * @param precision of its elements
     * @param dims its extents
     * @param tag oneDNN's format tag where it is a known one, else 0
     * @param bytes the memory it needs, padding included
     * @param columns for matrices whose columns follow the memory order of a map instead of its row-major order: that
     *     map's layout for one sample; else null
     */
    Layout(dnnl_memory_desc descriptor, Precision precision, long[] dims, int tag, long bytes, Layout columns) {
        this.descriptor = descriptor;
        this.precision = precision;
        this.dims = dims;
        this.tag = tag;
        this.bytes = bytes;
        this.columns = columns;
    }

    dnnl_memory_desc descriptor() {
        return descriptor;
    }

    Precision precision() {
        return precision;
    }

    boolean hasDims(long... expected) {
        return Arrays.equals(dims, expected);
    }

    long[] dims() {
        return dims;
    }

    long dim(int axis) {
        return dims[axis];
    }

    int tag() {
        return tag;
    }

    long bytes() {
        return bytes;
    }

    /** The elements in memory, padding included. */
    long elements() {
        return bytes / precision.bytes();
    }

    Layout columns() {
        return columns;
    }

    /** Whether memory holds elements that the tensor has not; they are zero. */
    boolean isPadded() {
        return elements() != Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    }
}

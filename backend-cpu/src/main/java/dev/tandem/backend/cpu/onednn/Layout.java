package dev.tandem.backend.cpu.onednn;

import java.util.Arrays;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * How elements are stored in memory. The elements are numbered in row-major order of {@code dims}, which may differ
 * from the tensor's extents: a flattened map keeps the dims of the map. oneDNN's descriptor gives the position of
 * each. There is one object for each layout, so layouts are compared by identity.
 */
public final class Layout {
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
     * @param tag oneDNN's format tag; 0 if it is none that {@link Layouts} knows
     * @param bytes the memory it needs, padding included
     * @param columns for matrices whose columns follow the memory order of a map instead of its row-major order: that
     *     map's layout for one sample; otherwise null
     */
    Layout(dnnl_memory_desc descriptor, Precision precision, long[] dims, int tag, long bytes, Layout columns) {
        this.descriptor = descriptor;
        this.precision = precision;
        this.dims = dims;
        this.tag = tag;
        this.bytes = bytes;
        this.columns = columns;
    }

    public dnnl_memory_desc descriptor() {
        return descriptor;
    }

    public Precision precision() {
        return precision;
    }

    public boolean hasDims(long... expected) {
        return Arrays.equals(dims, expected);
    }

    public long[] dims() {
        return dims;
    }

    public long dim(int axis) {
        return dims[axis];
    }

    public int tag() {
        return tag;
    }

    public long bytes() {
        return bytes;
    }

    /** The elements in memory, padding included. */
    public long elements() {
        return bytes / precision.bytes();
    }

    public Layout columns() {
        return columns;
    }

    /** Whether memory holds more elements than the tensor; those are zero. */
    public boolean isPadded() {
        return elements() != Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    }
}

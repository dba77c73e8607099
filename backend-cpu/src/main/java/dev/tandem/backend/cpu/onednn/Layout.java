package dev.tandem.backend.cpu.onednn;

import java.util.Arrays;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * How a list of elements lies in memory. The elements' order is the row-major order of {@code dims}, which may differ from
 * the tensor's own extents (a flattened map keeps the dims of the map); where they lie is oneDNN's descriptor. One object
 * stands for one layout, so that layouts are compared by identity.
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

    /** Whether memory holds elements that the tensor has not; they are zero. */
    public boolean isPadded() {
        return elements() != Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    }
}

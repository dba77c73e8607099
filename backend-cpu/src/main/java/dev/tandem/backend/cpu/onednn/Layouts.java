package dev.tandem.backend.cpu.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd8b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abc;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abcd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abcde;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abcdef;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acdb;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_permute_axes;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_data_type;

import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.javacpp.IntPointer;

/** All layouts of one device, one object each. */
public final class Layouts {
    /** The layouts of maps between layers: channels in blocks of 16 or 8, or channels innermost. */
    private static final int[] MAP_TAGS = {dnnl_aBcd16b, dnnl_aBcd8b, dnnl_acdb};

    private static final int[] ROW_MAJOR = {0, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};

    /** The most axes of a row-major layout. */
    public static final int MOST_AXES = ROW_MAJOR.length - 1;

    private final OneDnn oneDnn;
    private final List<Precision> products;
    private final Precision inferenceWeights;
    private final Map<List<Long>, List<Layout>> known = new HashMap<>();
    private final Map<Open, dnnl_memory_desc> open = new HashMap<>();

    private record Open(Precision precision, List<Long> dims) {}

    /**
     * Operands of products are in the precision {@code products}, and the weights of inference are kept in
     * {@code inferenceWeights}, if oneDNN has optimized code for that.
     */
    public Layouts(OneDnn oneDnn, Precision products, Precision inferenceWeights) {
        this.oneDnn = oneDnn;
        this.inferenceWeights = inferenceWeights;
        this.products = products == Precision.F32 ? List.of(products) : List.of(products, Precision.F32);
    }

    /** The precisions to try for the operands of products, the wanted one first. */
    public List<Precision> products() {
        return products;
    }

    /** The channels in a block of the layouts whose kernels are the fastest here: one vector of the processor. */
    public int block() {
        return dnnl_get_effective_cpu_isa() >= dnnl_cpu_isa_avx512_core ? 16 : 8;
    }

    /** Channels in blocks of {@link #block}, in single precision. */
    public Layout inBlocks(long... dims) {
        return of(Precision.F32, block() == 16 ? dnnl_aBcd16b : dnnl_aBcd8b, dims);
    }

    /** Channels innermost. */
    public Layout channelsLast(Precision precision, long... dims) {
        return of(precision, dnnl_acdb, dims);
    }

    /** The precision in which the weights that only inference uses are kept. */
    public Precision inferenceWeights() {
        return inferenceWeights;
    }

    /** Row-major, in single precision. */
    public Layout plain(long... dims) {
        return plain(Precision.F32, dims);
    }

    /** Row-major. */
    public Layout plain(Precision precision, long... dims) {
        return of(precision, ROW_MAJOR[dims.length], dims);
    }

    /** The layout of a format tag. */
    public Layout of(Precision precision, int tag, long... dims) {
        List<Layout> candidates = sameDims(dims);
        for (Layout layout : candidates) {
            if (layout.tag() == tag && layout.precision() == precision && layout.columns() == null) {
                return layout;
            }
        }
        return add(create(precision, tag, dims), precision, dims, tag, null);
    }

    /** The layout in {@code precision} with the tag of {@code layout}; row-major if that has none. */
    public Layout in(Precision precision, Layout layout) {
        if (layout.precision() == precision) {
            return layout;
        }
        return layout.tag() == 0 ? plain(precision, layout.dims()) : of(precision, layout.tag(), layout.dims());
    }

    /** Neighbours along each axis are so many elements apart; in single precision. */
    public Layout strided(long[] dims, long[] strides) {
        return strided(Precision.F32, dims, strides);
    }

    /** Neighbours along each axis are so many elements apart. */
    public Layout strided(Precision precision, long[] dims, long[] strides) {
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        OneDnn.check(
                dnnl_memory_desc_create_with_strides(descriptor, dims.length, dims, precision.type(), strides),
                "layout of " + Arrays.toString(dims));
        try {
            return of(descriptor, dims);
        } finally {
            dnnl_memory_desc_destroy(descriptor);
        }
    }

    /** The same memory with its axes in another order: axis {@code i} of {@code layout} becomes {@code order[i]}. */
    public Layout permuted(Layout layout, int... order) {
        long[] dims = new long[order.length];
        for (int axis = 0; axis < order.length; axis++) {
            dims[order[axis]] = layout.dim(axis);
        }
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        OneDnn.check(dnnl_memory_desc_permute_axes(descriptor, layout.descriptor(), order), "order of axes");
        try {
            return of(descriptor, dims);
        } finally {
            dnnl_memory_desc_destroy(descriptor);
        }
    }

    /** The layout of a descriptor that oneDNN chose for these extents. */
    public Layout of(dnnl_memory_desc borrowed, long... dims) {
        return find(borrowed, dims, null);
    }

    /**
     * {@code matrix} with its columns in the memory order of {@code columns}, one sample's map; null for row-major.
     */
    public Layout withColumns(Layout matrix, Layout columns) {
        return columns == matrix.columns() ? matrix : find(matrix.descriptor(), matrix.dims(), columns);
    }

    /** The layout of this device that is the same as another device's. */
    public Layout ofThisDevice(Layout other) {
        Layout columns = other.columns() == null ? null : ofThisDevice(other.columns());
        return find(other.descriptor(), other.dims(), columns);
    }

    /** A descriptor that leaves the layout to oneDNN. */
    public dnnl_memory_desc any(Precision precision, long... dims) {
        return open.computeIfAbsent(new Open(precision, key(dims)), k -> create(precision, dnnl_format_tag_any, dims));
    }

    private Layout find(dnnl_memory_desc borrowed, long[] dims, Layout columns) {
        for (Layout layout : sameDims(dims)) {
            if (layout.columns() == columns && dnnl_memory_desc_equal(layout.descriptor(), borrowed) != 0) {
                return layout;
            }
        }
        Precision precision = precision(borrowed);
        if (columns == null) {
            Layout plain = plain(precision, dims);
            if (dnnl_memory_desc_equal(plain.descriptor(), borrowed) != 0) {
                return plain;
            }
        }
        dnnl_memory_desc own = new dnnl_memory_desc();
        OneDnn.check(dnnl_memory_desc_clone(own, borrowed), "layout");
        oneDnn.onClose(() -> dnnl_memory_desc_destroy(own));
        return add(own, precision, dims, mapTag(own, precision, dims), columns);
    }

    private static Precision precision(dnnl_memory_desc descriptor) {
        try (IntPointer type = new IntPointer(1)) {
            OneDnn.check(dnnl_memory_desc_query(descriptor, dnnl_query_data_type, type), "layout's precision");
            return Precision.of(type.get());
        }
    }

    private Layout add(dnnl_memory_desc own, Precision precision, long[] dims, int tag, Layout columns) {
        Layout layout = new Layout(own, precision, dims.clone(), tag, dnnl_memory_desc_get_size(own), columns);
        sameDims(dims).add(layout);
        return layout;
    }

    private int mapTag(dnnl_memory_desc descriptor, Precision precision, long[] dims) {
        if (dims.length == 4) {
            for (int tag : MAP_TAGS) {
                if (dnnl_memory_desc_equal(descriptor, create(precision, tag, dims)) != 0) {
                    return tag;
                }
            }
        }
        return 0;
    }

    private List<Layout> sameDims(long[] dims) {
        return known.computeIfAbsent(key(dims), k -> new ArrayList<>());
    }

    private dnnl_memory_desc create(Precision precision, int tag, long... dims) {
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        OneDnn.check(
                dnnl_memory_desc_create_with_tag(descriptor, dims.length, dims, precision.type(), tag),
                "layout of " + Arrays.toString(dims));
        oneDnn.onClose(() -> dnnl_memory_desc_destroy(descriptor));
        return descriptor;
    }

    /** The extents of {@code shape} as oneDNN takes them. */
    public static long[] dims(Shape shape) {
        long[] dims = new long[shape.rank()];
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = shape.dim(axis);
        }
        return dims;
    }

    private static List<Long> key(long[] dims) {
        return Arrays.stream(dims).boxed().toList();
    }
}

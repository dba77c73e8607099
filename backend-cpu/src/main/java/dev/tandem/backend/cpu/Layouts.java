package dev.tandem.backend.cpu;

import static org.bytedeco.dnnl.global.dnnl.dnnl_a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd8b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abc;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abcd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abcde;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acdb;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;

/** All layouts of one device, one object each. */
final class Layouts {
    /** Channels outermost in blocks of 16 or 8, or innermost: the layouts that maps take between layers. */
    private static final int[] MAP_TAGS = {dnnl_aBcd16b, dnnl_aBcd8b, dnnl_acdb};

    private static final int[] ROW_MAJOR = {0, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde};

    private final OneDnn oneDnn;
    private final Map<List<Long>, List<Layout>> known = new HashMap<>();
    private final Map<List<Long>, dnnl_memory_desc> open = new HashMap<>();

    Layouts(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    /** Row-major. */
    Layout plain(long... dims) {
        return of(ROW_MAJOR[dims.length], dims);
    }

    /** The layout of a format tag. */
    Layout of(int tag, long... dims) {
        List<Layout> candidates = sameDims(dims);
        for (Layout layout : candidates) {
            if (layout.tag() == tag && layout.columns() == null) {
                return layout;
            }
        }
        return add(create(tag, dims), dims, tag, null);
    }

    /** The layout of a descriptor that oneDNN chose for these extents. */
    Layout of(dnnl_memory_desc borrowed, long... dims) {
        return find(borrowed, dims, null);
    }

    /** A matrix layout whose columns are in the memory order of {@code columns}, one sample's map; null for row-major. */
    Layout withColumns(Layout matrix, Layout columns) {
        return columns == matrix.columns() ? matrix : find(matrix.descriptor(), matrix.dims(), columns);
    }

    /** The layout of this device that is the same as another device's. */
    Layout own(Layout other) {
        Layout columns = other.columns() == null ? null : own(other.columns());
        return find(other.descriptor(), other.dims(), columns);
    }

    /** A descriptor that leaves the layout to oneDNN. */
    dnnl_memory_desc any(long... dims) {
        return open.computeIfAbsent(key(dims), k -> create(dnnl_format_tag_any, dims));
    }

    private Layout find(dnnl_memory_desc borrowed, long[] dims, Layout columns) {
        for (Layout layout : sameDims(dims)) {
            if (layout.columns() == columns && dnnl_memory_desc_equal(layout.descriptor(), borrowed) != 0) {
                return layout;
            }
        }
        if (columns == null) {
            Layout plain = plain(dims);
            if (dnnl_memory_desc_equal(plain.descriptor(), borrowed) != 0) {
                return plain;
            }
        }
        dnnl_memory_desc own = new dnnl_memory_desc();
        OneDnn.check(dnnl_memory_desc_clone(own, borrowed), "layout");
        oneDnn.own(() -> dnnl_memory_desc_destroy(own));
        return add(own, dims, mapTag(own, dims), columns);
    }

    private Layout add(dnnl_memory_desc own, long[] dims, int tag, Layout columns) {
        Layout layout = new Layout(own, dims.clone(), tag, dnnl_memory_desc_get_size(own), columns);
        sameDims(dims).add(layout);
        return layout;
    }

    private int mapTag(dnnl_memory_desc descriptor, long[] dims) {
        if (dims.length == 4) {
            for (int tag : MAP_TAGS) {
                if (dnnl_memory_desc_equal(descriptor, create(tag, dims)) != 0) {
                    return tag;
                }
            }
        }
        return 0;
    }

    private List<Layout> sameDims(long[] dims) {
        return known.computeIfAbsent(key(dims), k -> new ArrayList<>());
    }

    private dnnl_memory_desc create(int tag, long... dims) {
        dnnl_memory_desc descriptor = new dnnl_memory_desc();
        OneDnn.check(
                dnnl_memory_desc_create_with_tag(descriptor, dims.length, dims, dnnl_f32, tag),
                "layout of " + Arrays.toString(dims));
        oneDnn.own(() -> dnnl_memory_desc_destroy(descriptor));
        return descriptor;
    }

    private static List<Long> key(long[] dims) {
        return Arrays.stream(dims).boxed().toList();
    }
}

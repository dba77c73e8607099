package dev.tandem.backend.cpu;

import dev.tandem.spi.DataType;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * A tensor's memory. The first kernel that writes it takes a block and settles the layout; a later one may change both.
 * All fields but the first two belong to the compute thread.
 */
final class CpuStorage implements Storage {
    final Shape shape;
    final DataType type;

    /** Null until something is written. */
    Block block;

    /** Null for row-major. */
    Layout layout;

    /** The elements once more, in lower precision, for kernels that want them so; never out of date. */
    final Map<Layout, Block> copies = new IdentityHashMap<>(0);

    /** What a forward kernel left for its backward kernel, or null. */
    Workspace workspace;

    /** A forward kernel's notes for its backward kernel: only of use to the {@code plan} that made them. */
    record Workspace(Object plan, Block block) {}

    CpuStorage(Shape shape, DataType type) {
        this.shape = shape;
        this.type = type;
    }

    /** The storage of a tensor of this backend, or null for none. */
    static CpuStorage of(Tensor tensor) {
        return tensor == null ? null : (CpuStorage) tensor.storage();
    }

    /** The bytes that the elements take in row-major order. */
    long bytes() {
        return shape.elements() * type.bytes();
    }
}

package dev.tandem.backend.cpu.workbench;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.onednn.Layout;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.spi.DataType;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.Tensor;
import java.util.HashMap;
import java.util.Map;

/**
 * A tensor's memory. The first kernel that writes it takes a block and chooses the layout; a later one may change
 * both. All fields but the first two are for the compute thread only.
 */
public final class CpuStorage implements Storage {
    public final Shape shape;
    public final DataType type;

    /** Null until something is written. */
    public Block block;

    /** Null for row-major. */
    public Layout layout;

    /** Whether only kernels of inference use the elements, which seldom change. */
    public boolean keptForInference;

    /** Copies in lower precision, by their layout, and what else was computed; dropped whenever the elements change. */
    final Map<Object, Block> copies = new HashMap<>(0);

    /** What a forward kernel keeps for its backward kernel, or null. */
    public Workspace workspace;

    /** Intermediate results of a forward kernel, for the backward kernel of the same {@code plan}. */
    public record Workspace(Object plan, Block block) {}

    public CpuStorage(Shape shape, DataType type) {
        this.shape = shape;
        this.type = type;
    }

    /** The storage of a tensor of this backend, or null for none. */
    public static CpuStorage of(Tensor tensor) {
        return tensor == null ? null : (CpuStorage) tensor.storage();
    }

    /** The precision of the elements as they lie in memory. */
    public Precision precision() {
        return layout == null ? Precision.F32 : layout.precision();
    }

    /** The bytes that the elements take in row-major order. */
    long bytes() {
        return shape.elements() * type.bytes();
    }
}

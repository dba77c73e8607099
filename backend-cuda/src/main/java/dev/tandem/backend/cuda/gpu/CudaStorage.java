package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.spi.Storage;
import dev.tandem.spi.Tensor;
import java.util.Optional;

/** A tensor's memory on a GPU: always row-major. */
public final class CudaStorage implements Storage {
    private final Gpu gpu;
    private final Block block;
    private Block kept;

    /** The elements in {@code block}, which is released with this. */
    public CudaStorage(Gpu gpu, Block block) {
        this.gpu = gpu;
        this.block = block;
    }

    /** The address of a tensor's first element; 0 for null. */
    public static long address(Tensor tensor) {
        return tensor == null ? 0 : of(tensor).block.address();
    }

    /** The storage of a tensor of this backend. */
    public static CudaStorage of(Tensor tensor) {
        return (CudaStorage) tensor.storage();
    }

    public Gpu gpu() {
        return gpu;
    }

    public Block block() {
        return block;
    }

    /** Keeps what a forward kernel computes for its backward kernel until these elements are released or replaced. */
    public void keep(Block intermediate) {
        dropKept();
        kept = intermediate;
    }

    /** Releases what was kept, as these elements are computed anew. */
    public void dropKept() {
        if (kept != null) {
            gpu.arena().release(kept);
            kept = null;
        }
    }

    /** What the forward kernel has kept. */
    public Optional<Block> kept() {
        return Optional.ofNullable(kept);
    }

    /** Gives all memory back. */
    public void release() {
        dropKept();
        gpu.arena().release(block);
    }

    /** Gives all memory back at the next allocation; for any thread. */
    public void releaseLater() {
        if (kept != null) {
            gpu.arena().releaseLater(kept);
        }
        gpu.arena().releaseLater(block);
    }
}

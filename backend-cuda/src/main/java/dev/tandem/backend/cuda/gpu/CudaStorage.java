package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.spi.Storage;
import dev.tandem.spi.Tensor;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A tensor's memory on a GPU: always row-major, in one of two formats, with room for the larger one. Storages that share
 * memory share its format.
 */
public final class CudaStorage implements Storage {
    private final Gpu gpu;
    private final Contents contents;
    private Block kept;

    /** What storages have in common that share memory. */
    private static final class Contents {
        final Block block;
        final AtomicInteger holders = new AtomicInteger();
        /** Null until something is written. */
        @Nullable
        Format format;

        /** The elements in bfloat16, while they lie in {@code block} in single precision; null if nobody needed that. */
        @Nullable
        Block narrowed;

        Contents(Block block) {
            this.block = block;
        }
    }

    /** The elements in {@code block}, which is released with this. */
    public CudaStorage(Gpu gpu, Block block) {
        this(gpu, new Contents(block));
    }

    private CudaStorage(Gpu gpu, Contents contents) {
        this.gpu = gpu;
        this.contents = contents;
        contents.holders.incrementAndGet();
    }

    /** The storage of a tensor of this backend. */
    public static CudaStorage of(Tensor tensor) {
        return (CudaStorage) tensor.storage();
    }

    /** Another storage of the same elements; their memory is free once both are released. */
    public CudaStorage share() {
        gpu.arena().share(contents.block);
        return new CudaStorage(gpu, contents);
    }

    public Gpu gpu() {
        return gpu;
    }

    public Block block() {
        return contents.block;
    }

    /** How the elements lie in memory until all of them are written anew. */
    public Format format() {
        return contents.format == null ? Format.F32 : contents.format;
    }

    /** All elements are about to be written, in this format. */
    public void overwrite(Format format) {
        change();
        contents.format = format;
    }

    /** Elements are about to be written, in the format that they have. */
    public void change() {
        if (contents.narrowed != null) {
            gpu.arena().release(contents.narrowed);
            contents.narrowed = null;
        }
    }

    /** Some elements are about to be written: in this format if they are the first. */
    public void changePart(Format format) {
        change();
        if (contents.format == null) {
            contents.format = format;
        }
    }

    /** The elements, which are in single precision, in bfloat16: made by {@code make} unless that is done already. */
    Block narrowed(Supplier<Block> make) {
        if (contents.narrowed == null) {
            contents.narrowed = make.get();
        }
        return contents.narrowed;
    }

    /** The elements in bfloat16 if they are kept beside those in single precision. Who writes one writes both. */
    public Optional<Block> narrowed() {
        return Optional.ofNullable(contents.narrowed);
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
        if (contents.holders.decrementAndGet() == 0) {
            change();
        }
        gpu.arena().release(contents.block);
    }

    /** Gives all memory back at the next allocation; for any thread. */
    public void releaseLater() {
        if (kept != null) {
            gpu.arena().releaseLater(kept);
        }
        if (contents.holders.decrementAndGet() == 0 && contents.narrowed != null) {
            gpu.arena().releaseLater(contents.narrowed);
        }
        gpu.arena().releaseLater(contents.block);
    }
}

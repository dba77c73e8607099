package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.spi.Tensor;

/** Copies of elements in the other format. In the order of all work. */
public final class Conversions {
    private final Arena arena;
    private final Kernel narrow;
    private final Kernel widen;

    /** Copies by these kernels. */
    Conversions(Arena arena, Kernel narrow, Kernel widen) {
        this.arena = arena;
        this.narrow = narrow;
        this.widen = widen;
    }

    /** Copies elements into others of the same number, which may have the other format. */
    public void copy(String operation, Elements from, Elements to) {
        if (from.format() == to.format()) {
            throw new IllegalArgumentException("both are " + from.format());
        }
        (to.format() == Format.BF16 ? narrow : widen)
                .with()
                .wide(from.address())
                .wide(to.address())
                .wide(from.count())
                .overFours(from.count(), operation);
    }

    /** Memory for {@code count} elements, given back when the result is closed. */
    public Temporary temporary(String operation, Format format, long count) {
        return new Temporary(
                arena.temporary(wholeWords(count * format.bytes()), format + " for " + operation), format, count);
    }

    /**
     * The elements of a tensor in bfloat16. If the tensor is in single precision, they are kept with it until it is
     * written, so that a parameter is converted once in each step.
     */
    public Elements narrowed(String operation, Tensor tensor) {
        Elements own = Elements.of(tensor);
        if (own.format() == Format.BF16) {
            return own;
        }
        Block block = CudaStorage.of(tensor).narrowed(() -> {
            Block made = arena.allocate(wholeWords(own.count() * Format.BF16.bytes()), "BF16 " + tensor.shape());
            copy(operation, own, new Elements(made.address(), Format.BF16, own.count()));
            return made;
        });
        return new Elements(block.address(), Format.BF16, own.count());
    }

    private static long wholeWords(long bytes) {
        return (bytes + Integer.BYTES - 1) / Integer.BYTES * Integer.BYTES;
    }

    /** Elements in memory of their own. */
    public record Temporary(Arena.Temporary memory, Format format, long count) implements AutoCloseable {
        /** Where they are. */
        public Elements elements() {
            return new Elements(memory.address(), format, count);
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}

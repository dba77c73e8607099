package dev.tandem.backend.cuda.driver;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.TandemException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * One device's memory: large allocations of the driver, cut into blocks. An allocation takes the smallest free block
 * that fits, and free neighbours are joined. A training step therefore finds the blocks that the previous step
 * released, and takes nothing from the driver from the second step on.
 *
 * <p>Blocks are allocated and released in the order of the calls. Kernels run later, but in the same order, in one
 * stream: a block can go to a new tensor while kernels that use the old one are still queued.
 */
public final class Arena {
    // As cuMemAlloc aligns; a warp's first access is then one transaction.
    private static final long ALIGNMENT = 256;

    /** The driver's memory, so that tests of this class need no driver. */
    interface Source {
        /** The address of {@code bytes} of fresh memory, or 0 if there is not enough. */
        long take(long bytes);

        /** Returns memory once the kernels that were launched before are done. */
        void giveBack(long address);

        /** About how many bytes {@link #take} could still give. */
        long available();
    }

    /**
     * A block that is released when this is closed; work that uses it must be submitted before, but need not be done.
     */
    public record Temporary(Arena arena, Block block) implements AutoCloseable {
        /** Where it begins in device memory. */
        public long address() {
            return block.address;
        }

        @Override
        public void close() {
            arena.release(block);
        }
    }

    private final String device;
    private final Source source;
    private final long allocationBytes;
    private final long limit;
    private final TreeSet<Block> free =
            new TreeSet<>(Comparator.comparingLong((Block b) -> b.bytes).thenComparingLong(b -> b.address));
    /** The first block of each allocation. */
    private final Set<Block> firsts = new LinkedHashSet<>();

    private final Queue<Block> forgotten = new ConcurrentLinkedQueue<>();
    private long used;
    private long peak;
    private long reserved;
    private boolean emptied;

    /**
     * An empty arena.
     *
     * @param allocationBytes the least to take from the driver at once; if 0, each block is an allocation of its own,
     *     which is returned when the block is released
     * @param limit the most to take from the driver, in bytes
     */
    public Arena(String device, Source source, long allocationBytes, long limit) {
        this.device = device;
        this.source = source;
        this.allocationBytes = allocationBytes;
        this.limit = limit;
    }

    /**
     * A block of {@code bytes} or more, contents unspecified.
     *
     * @param what what it is for; the message names it if there is not enough memory
     * @throws TandemException ({@link ErrorCode#OUT_OF_MEMORY})
     */
    public synchronized Block allocate(long bytes, String what) {
        for (Block found = forgotten.poll(); found != null; found = forgotten.poll()) {
            release(found);
        }
        Block block = allocationBytes == 0 ? own(bytes, what) : cut(aligned(bytes), what);
        block.holders = 1;
        used += block.bytes;
        peak = Math.max(peak, used);
        return block;
    }

    /** Allocates a block that is released when the result is closed. */
    public Temporary temporary(long bytes, String what) {
        return new Temporary(this, allocate(bytes, what));
    }

    /** Adds a holder. */
    public synchronized Block share(Block block) {
        block.holders++;
        return block;
    }

    /** Removes a holder; without holders, the block is free. */
    public synchronized void release(Block block) {
        if (--block.holders > 0 || emptied) {
            return;
        }
        used -= block.bytes;
        if (allocationBytes == 0) {
            firsts.remove(block);
            reserved -= block.bytes;
            source.giveBack(block.address);
            return;
        }
        Block whole = block;
        if (block.after != null && block.after.holders == 0) {
            free.remove(block.after);
            join(whole, block.after);
        }
        if (block.before != null && block.before.holders == 0) {
            free.remove(block.before);
            whole = block.before;
            join(whole, block);
        }
        free.add(whole);
    }

    /**
     * Removes a holder at the next allocation; for any thread. The thread that allocates is the one that submits work:
     * all it has done with the block is submitted by then.
     */
    public void releaseLater(Block block) {
        forgotten.add(block);
    }

    /** Memory at this moment. */
    public synchronized MemoryUse use() {
        return new MemoryUse(used, peak, reserved, Math.min(source.available(), limit - reserved));
    }

    /**
     * Returns all allocations to the driver, those of tensors that are still open, too: releasing such a tensor later
     * does nothing.
     */
    public synchronized void giveBackAll() {
        firsts.forEach(first -> source.giveBack(first.address));
        firsts.clear();
        free.clear();
        used = 0;
        reserved = 0;
        emptied = true;
    }

    /** Returns every allocation that is entirely free to the driver. */
    public synchronized void trim() {
        firsts.removeIf(first -> {
            boolean unused = first.holders == 0 && first.after == null;
            if (unused) {
                free.remove(first);
                reserved -= first.bytes;
                source.giveBack(first.address);
            }
            return unused;
        });
    }

    private Block own(long bytes, String what) {
        Block block = new Block(take(bytes, what), bytes);
        firsts.add(block);
        return block;
    }

    private Block cut(long bytes, String what) {
        Block block = free.ceiling(new Block(0, bytes));
        if (block == null) {
            block = grow(bytes, what);
        } else {
            free.remove(block);
        }
        if (block.bytes > bytes) {
            Block rest = new Block(block.address + bytes, block.bytes - bytes);
            rest.before = block;
            rest.after = block.after;
            if (rest.after != null) {
                rest.after.before = rest;
            }
            block.after = rest;
            block.bytes = bytes;
            free.add(rest);
        }
        return block;
    }

    /** A new allocation: {@code allocationBytes} if the driver has as much, otherwise just what is needed. */
    private Block grow(long bytes, String what) {
        long agreed = Math.max(bytes, allocationBytes);
        long address = agreed > bytes && reserved + agreed <= limit ? source.take(agreed) : 0;
        Block block;
        if (address != 0) {
            reserved += agreed;
            block = new Block(address, agreed);
        } else {
            block = new Block(take(bytes, what), bytes);
        }
        firsts.add(block);
        return block;
    }

    private long take(long bytes, String what) {
        long address = reserved + bytes <= limit ? source.take(bytes) : 0;
        if (address == 0) {
            trim();
            address = reserved + bytes <= limit ? source.take(bytes) : 0;
        }
        if (address == 0) {
            throw outOfMemory(bytes, what);
        }
        reserved += bytes;
        return address;
    }

    private TandemException outOfMemory(long bytes, String what) {
        boolean limited = reserved + bytes > limit;
        return TandemException.of(
                ErrorCode.OUT_OF_MEMORY,
                "memory of " + device,
                "not enough for " + what,
                mebibytes(bytes) + " with " + mebibytes(used) + " in use and " + mebibytes(reserved - used)
                        + " in blocks too small",
                "at most the " + mebibytes(Math.min(source.available(), limit - reserved)) + " still free",
                "Lower tandem.train.batch" + (limited ? ", or raise tandem.cuda.memory" : ", or use more devices"));
    }

    /** Extends {@code first} by {@code second}, its neighbour behind it; neither may be in {@code free}. */
    private static void join(Block first, Block second) {
        first.bytes += second.bytes;
        first.after = second.after;
        if (first.after != null) {
            first.after.before = first;
        }
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static String mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1 >> 20) + " MiB";
    }
}

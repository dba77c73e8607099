package dev.tandem.backend.cpu.device;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.TandemException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One device's native memory, in ND4J buffers. Sizes are rounded up to one of eight classes per power of two, and a
 * block is reused only for its own class. So a training step that repeats finds all blocks of the step before, and
 * from the second step on nothing is taken from the system. (The rounding costs address space, not memory: the system
 * provides a page when it is first written.) For the device's compute thread only.
 */
public final class Arena {
    private final String device;
    private final MemoryBudget budget;
    private final Map<Long, Deque<Block>> free = new HashMap<>();
    private long used;
    private long peak;
    private long reserved;

    public Arena(String device, MemoryBudget budget) {
        this.device = device;
        this.budget = budget;
    }

    /**
     * A block of at least {@code bytes}, contents unspecified.
     *
     * @throws TandemException ({@link ErrorCode#OUT_OF_MEMORY}) if the machine has no more
     */
    public Block allocate(long bytes) {
        long size = sizeClass(bytes);
        Deque<Block> fitting = free.get(size);
        Block block = fitting == null ? null : fitting.poll();
        if (block == null) {
            block = reserve(size);
        } else {
            block.reuse();
        }
        used += size;
        peak = Math.max(peak, used);
        return block;
    }

    /** Gives a block back for the next request of its size once no storage shares it. */
    public void release(Block block) {
        if (block.unshare()) {
            used -= block.bytes();
            free.computeIfAbsent(block.bytes(), size -> new ArrayDeque<>()).push(block);
        }
    }

    /** Memory held at this moment. */
    public MemoryUse use() {
        return new MemoryUse(used, peak, reserved, budget.available());
    }

    /** Gives all free blocks back to the system. */
    public void trim() {
        for (Collection<Block> blocks : free.values()) {
            for (Block block : blocks) {
                block.free();
                reserved -= footprint(block.bytes());
                budget.giveBack(footprint(block.bytes()));
            }
        }
        free.clear();
    }

    private Block reserve(long size) {
        if (!budget.take(footprint(size))) {
            trim();
            if (!budget.take(footprint(size))) {
                throw outOfMemory(size);
            }
        }
        try {
            DataBuffer buffer = Nd4j.createBuffer(DataType.FLOAT, footprint(size) / Float.BYTES, false);
            reserved += footprint(size);
            return new Block(buffer, size);
        } catch (OutOfMemoryError refused) {
            budget.giveBack(footprint(size));
            throw outOfMemory(size);
        }
    }

    private TandemException outOfMemory(long size) {
        return TandemException.of(
                ErrorCode.OUT_OF_MEMORY,
                "memory of " + device,
                "not enough",
                megabytes(size) + " asked for with " + megabytes(used) + " in use",
                "at most the " + megabytes(budget.available()) + " still available",
                "Lower tandem.train.batch, or use a machine with more memory");
    }

    private static String megabytes(long bytes) {
        return ((bytes + (1 << 20) - 1) >> 20) + " MiB";
    }

    /** What a block takes from the system: ND4J aligns less strictly, so a block needs some bytes more. */
    private static long footprint(long size) {
        return size + Block.ALIGNMENT;
    }

    private static long sizeClass(long bytes) {
        long least = Math.max(bytes, Block.ALIGNMENT);
        long step = Math.max(Block.ALIGNMENT, Long.highestOneBit(least) >>> 3);
        return (least + step - 1) / step * step;
    }
}

package dev.tandem.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ArenaTest {
    private static final long MEBIBYTE = 1 << 20;

    /** Ten mebibytes, and the allocations taken from them. */
    private static final class Counted implements Arena.Source {
        private final Map<Long, Long> taken = new TreeMap<>();
        private long next = MEBIBYTE;
        private int calls;

        @Override
        public long take(long bytes) {
            calls++;
            if (bytes > available()) {
                return 0;
            }
            long address = next;
            taken.put(address, bytes);
            next += bytes + MEBIBYTE;
            return address;
        }

        @Override
        public void giveBack(long address) {
            assertThat(taken.remove(address)).as("a live allocation").isNotNull();
        }

        @Override
        public long available() {
            return 10 * MEBIBYTE
                    - taken.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private final Counted source = new Counted();
    private final Arena arena = new Arena("cuda:0", source, MEBIBYTE, Long.MAX_VALUE / 2);

    @Test
    void stepsThatRepeatTakeNothingMore() {
        Random random = new Random(2012);
        long[] sizes = random.longs(50, 1, 300_000).toArray();
        int afterFirst = 0;
        for (int step = 0; step < 5; step++) {
            List<Block> blocks = new ArrayList<>();
            for (long size : sizes) {
                blocks.add(arena.allocate(size, "test"));
                if (blocks.size() % 3 == 0) {
                    arena.release(blocks.remove(blocks.size() / 2));
                }
            }
            blocks.forEach(arena::release);
            if (step == 0) {
                afterFirst = source.calls;
            }
        }
        assertThat(source.calls).as("calls of the driver (seed 2012)").isEqualTo(afterFirst);
        assertThat(arena.use().used()).isZero();
    }

    @Test
    void whatIsReleasedLaterIsFreeAtTheNextAllocation() {
        Block forgotten = arena.allocate(700_000, "test");
        arena.releaseLater(forgotten);
        assertThat(arena.use().used()).isEqualTo(forgotten.bytes);
        long address = forgotten.address;
        assertThat(arena.allocate(700_000, "test").address).isEqualTo(address);
        assertThat(source.calls).isEqualTo(1);
    }

    @Test
    void liveBlocksNeverOverlapAndFreeOnesAreJoined() {
        Random random = new Random(1989);
        TreeMap<Long, Block> live = new TreeMap<>();
        for (int i = 0; i < 2000; i++) {
            if (random.nextInt(3) > 0 && arena.use().used() < 6 * MEBIBYTE) {
                Block block = arena.allocate(1 + random.nextInt(100_000), "test");
                Map.Entry<Long, Block> before = live.floorEntry(block.address);
                Map.Entry<Long, Block> after = live.ceilingEntry(block.address);
                assertThat(before == null || before.getKey() + before.getValue().bytes <= block.address)
                        .as("block %d (seed 1989) lies behind the one before", i)
                        .isTrue();
                assertThat(after == null || block.address + block.bytes <= after.getKey())
                        .as("block %d (seed 1989) lies in front of the one after", i)
                        .isTrue();
                live.put(block.address, block);
            } else if (!live.isEmpty()) {
                Long key = live.ceilingKey(live.firstKey() + random.nextInt(1 << 22));
                arena.release(live.remove(key == null ? live.lastKey() : key));
            }
        }
        live.values().forEach(arena::release);
        arena.trim();
        assertThat(source.taken)
                .as("all allocations became whole again (seed 1989)")
                .isEmpty();
        assertThat(arena.use().reserved()).isZero();
    }

    @Test
    void aBlockIsFreeWhenItsLastHolderLeaves() {
        Block block = arena.allocate(1000, "test");
        arena.share(block);
        arena.release(block);
        assertThat(arena.allocate(1000, "test").address).isNotEqualTo(block.address);
        arena.release(block);
        assertThat(arena.allocate(1000, "test").address).isEqualTo(block.address);
    }

    @Test
    void whatIsUnusedIsGivenBackBeforeMemoryIsSaidToBeOut() {
        arena.release(arena.allocate(6 * MEBIBYTE, "first"));
        Block second = arena.allocate(9 * MEBIBYTE, "second");
        assertThat(source.taken).containsOnlyKeys(second.address);

        assertThatThrownBy(() -> arena.allocate(5 * MEBIBYTE, "F32 5x512x512"))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY))
                .hasMessage("memory of cuda:0: not enough for F32 5x512x512, got 5 MiB with 9 MiB in use and 0 MiB in"
                        + " blocks too small, expected at most the 1 MiB still free. Lower tandem.train.batch, or use"
                        + " more devices");
    }

    @Test
    void theLimitIsKeptAndNamed() {
        Arena limited = new Arena("cuda:1", source, MEBIBYTE, 2 * MEBIBYTE);
        limited.allocate(3 * MEBIBYTE / 2, "first");
        assertThatThrownBy(() -> limited.allocate(MEBIBYTE, "second"))
                .hasMessageContaining("or raise tandem.cuda.memory");
        assertThat(limited.use().available()).isEqualTo(MEBIBYTE / 2);
    }

    @Test
    void withoutAnArenaEachBlockIsAnAllocation() {
        Arena none = new Arena("cuda:0", source, 0, Long.MAX_VALUE / 2);
        Block block = none.allocate(12, "test");
        assertThat(source.taken).containsEntry(block.address, 12L);
        none.release(block);
        assertThat(source.taken).isEmpty();
        assertThat(none.use().reserved()).isZero();
    }
}

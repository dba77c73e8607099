package dev.tandem.backend.cpu.memory;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;

/**
 * Copies of channels, at any position, between single-precision maps of which one or both store channels in blocks.
 * What is copied from one column of a network to another is seldom a whole block.
 */
final class ChannelCopy {
    /** The pixels copied at a time: with 16 channels they fill a piece. */
    private static final int PIXELS = FloatLoops.PIECE / 16;

    private final ThreadTeam team;

    ChannelCopy(ThreadTeam team) {
        this.team = team;
    }

    /**
     * Maps in memory: {@code (samples, channels / block, pixels, block)}, the last block padded.
     *
     * @param block 16, 8, or 1 for row-major
     */
    record Maps(Block memory, int channels, int pixels, int block) {
        /** The first element of the block that {@code channel} of {@code sample} is in. */
        private long start(long sample, int channel) {
            long blocks = (channels + block - 1) / block;
            return (sample * blocks + channel / block) * pixels * block;
        }
    }

    /** Copies {@code length} channels of each of {@code samples} samples. */
    void copy(int samples, Maps from, int fromStart, Maps to, int toStart, int length) {
        long work = (long) from.pixels() * length;
        team.forEach(samples, Math.max(1, (1 << 16) / work), (first, end) -> {
            for (long sample = first; sample < end; sample++) {
                copy(sample, from, fromStart, to, toStart, length);
            }
        });
    }

    private static void copy(long sample, Maps from, int fromStart, Maps to, int toStart, int length) {
        int done = 0;
        while (done < length) {
            int source = fromStart + done;
            int target = toStart + done;
            // As many channels as are in one block on both sides.
            int lanes = length - done;
            if (from.block() > 1) {
                lanes = Math.min(lanes, from.block() - source % from.block());
            }
            if (to.block() > 1) {
                lanes = Math.min(lanes, to.block() - target % to.block());
            }
            if (lanes == from.block() && lanes == to.block()) {
                to.memory()
                        .copy(
                                from.memory(),
                                from.start(sample, source),
                                to.start(sample, target),
                                (long) lanes * from.pixels());
            } else {
                interleave(sample, from, source, to, target, lanes);
            }
            done += lanes;
        }
    }

    private static void interleave(long sample, Maps from, int source, Maps to, int target, int lanes) {
        float[] sources = FloatLoops.pieces()[0];
        float[] targets = FloatLoops.pieces()[1];
        for (int pixel = 0; pixel < from.pixels(); pixel += PIXELS) {
            int count = Math.min(PIXELS, from.pixels() - pixel);
            if (from.block() > 1) {
                read(from, sample, source, pixel, count, sources);
            }
            boolean whole = lanes == to.block();
            if (to.block() > 1 && !whole) {
                read(to, sample, target, pixel, count, targets);
            }
            for (int lane = 0; lane < lanes; lane++) {
                int first = source % from.block() + lane;
                int into = target % to.block() + lane;
                if (from.block() == 1) {
                    read(from, sample, source + lane, pixel, count, sources);
                    first = 0;
                }
                if (to.block() == 1) {
                    into = 0;
                }
                for (int i = 0; i < count; i++) {
                    targets[into + i * to.block()] = sources[first + i * from.block()];
                }
                if (to.block() == 1) {
                    write(to, sample, target + lane, pixel, count, targets);
                }
            }
            if (to.block() > 1) {
                write(to, sample, target, pixel, count, targets);
            }
        }
    }

    private static void read(Maps maps, long sample, int channel, int pixel, int count, float[] into) {
        long start = maps.start(sample, channel) + (long) pixel * maps.block();
        maps.memory().get(start, into, 0, count * maps.block());
    }

    private static void write(Maps maps, long sample, int channel, int pixel, int count, float[] from) {
        long start = maps.start(sample, channel) + (long) pixel * maps.block();
        maps.memory().put(start, from, 0, count * maps.block());
    }
}

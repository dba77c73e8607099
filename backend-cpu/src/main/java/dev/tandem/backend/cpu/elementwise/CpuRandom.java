package dev.tandem.backend.cpu.elementwise;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.RandomKernels;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Slice;

/** Counter-based masks, on all of the device's threads. */
public final class CpuRandom implements RandomKernels {
    private static final long LEAST_PER_THREAD = 1 << 13;

    private final Workbench bench;
    private final Storages storages;
    private final ThreadTeam team;

    public CpuRandom(Workbench bench) {
        this.bench = bench;
        this.storages = bench.storages();
        this.team = bench.team();
    }

    @Override
    public void bernoulli(RandomKey key, Slice slice, double keep, double value, Tensor out) {
        bench.submit("bernoulli", out, s -> draw(key, slice, keep, (float) value, storages.output(s)));
    }

    private void draw(RandomKey key, Slice slice, double keep, float value, Block out) {
        // A word is an integer, so it is below the bound if and only if it is below the bound rounded up.
        long bound = (long) Math.ceil(keep * 0x1p32);
        long run = slice.whole().stride(slice.axis()) * slice.length();
        team.forEach(slice.shape().elements(), LEAST_PER_THREAD, (from, to) -> {
            float[] mask = FloatLoops.pieces()[0];
            int[] words = new int[4];
            for (long at = from; at < to; ) {
                long endOfRun = (at / run + 1) * run;
                int count = (int) Math.min(Math.min(mask.length, to - at), endOfRun - at);
                fill(key, slice.wholeIndex(at), bound, value, mask, count, words);
                out.put(at, mask, 0, count);
                at += count;
            }
        });
    }

    private static void fill(RandomKey key, long start, long bound, float value, float[] mask, int count, int[] words) {
        int i = 0;
        while (i < count) {
            long index = start + i;
            Philox.block(key, index >>> 2, words);
            for (int lane = (int) (index & 3); lane < 4 && i < count; lane++, i++) {
                mask[i] = (words[lane] & 0xFFFFFFFFL) < bound ? value : 0;
            }
        }
    }
}

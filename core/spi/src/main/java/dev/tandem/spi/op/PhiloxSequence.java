package dev.tandem.spi.op;

import java.util.random.RandomGenerator;

/** The numbers of one stream, each element once: an int takes one, a long two, a normal number one. */
final class PhiloxSequence implements RandomGenerator {
    private final RandomKey key;
    private final int[] words = new int[4];
    private long next;

    PhiloxSequence(RandomKey key) {
        this.key = key;
    }

    @Override
    public int nextInt() {
        int place = (int) (next & 3);
        if (place == 0) {
            Philox.block(key, next >>> 2, words);
        }
        next++;
        return words[place];
    }

    @Override
    public long nextLong() {
        long high = nextInt();
        return high << 32 | (nextInt() & 0xFFFFFFFFL);
    }

    // Java's own method may change from one release to the next.
    @Override
    public double nextGaussian() {
        return Philox.inverseNormal(Philox.uniform(nextInt()));
    }
}

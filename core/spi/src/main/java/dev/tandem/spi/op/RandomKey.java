package dev.tandem.spi.op;

import java.util.random.RandomGenerator;

/**
 * What a stream of random numbers is for; equal keys give equal numbers anywhere.
 *
 * @param seed the run's seed
 * @param purpose what the numbers decide
 * @param step the training step, epoch or sample they belong to
 * @param stream tells layers or parameters apart, usually by {@link #stream(String)}
 */
public record RandomKey(long seed, Purpose purpose, long step, int stream) {
    /**
     * What random numbers decide; each purpose has numbers of its own. Its code is part of every number that was ever
     * drawn for it: an earlier run resumes to the same weights only if the codes stay.
     */
    public enum Purpose {
        /** Initial weights. */
        WEIGHTS(1),
        /** Dropout masks. */
        DROPOUT(2),
        /** Crop offsets and reflections. */
        CROP(3),
        /** Colour noise. */
        COLOUR(4),
        /** The order of samples in an epoch. */
        ORDER(5),
        /** Data made for tests and benchmarks. */
        SYNTHETIC(6),
        /** What a user's own variations of images draw. */
        TRANSFORM(7);

        private final int code;

        Purpose(int code) {
            this.code = code;
        }

        /** The number of this purpose in the generator's counter, 1 to 15. */
        public int code() {
            return code;
        }
    }

    /** The numbers of this stream one after the other, from element 0 on; for one thread. */
    public RandomGenerator generator() {
        return new PhiloxSequence(this);
    }

    /** A stream number for a name; stable across platforms and versions. */
    public static int stream(String name) {
        int hash = 0x811C9DC5;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x01000193;
        }
        return hash;
    }
}

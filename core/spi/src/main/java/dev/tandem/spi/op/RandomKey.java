package dev.tandem.spi.op;

/**
 * What a stream of random numbers is for; equal keys give equal numbers anywhere.
 *
 * @param seed the run's seed
 * @param purpose what the numbers decide
 * @param step the training step, epoch or sample they belong to
 * @param stream tells layers or parameters apart, usually by {@link #stream(String)}
 */
public record RandomKey(long seed, Purpose purpose, long step, int stream) {
    /** What random numbers decide; each purpose has numbers of its own. */
    public enum Purpose {
        /** Initial weights. */
        WEIGHTS,
        /** Dropout masks. */
        DROPOUT,
        /** Crop offsets and reflections. */
        CROP,
        /** Colour noise. */
        COLOUR,
        /** The order of samples in an epoch. */
        ORDER,
        /** Data made for tests and benchmarks. */
        SYNTHETIC
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

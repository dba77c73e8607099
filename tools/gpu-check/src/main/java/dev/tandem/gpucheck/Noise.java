package dev.tandem.gpucheck;

/** Numbers between -1 and 1, evenly spread, always the same ones; made faster than the backend's own. */
final class Noise {
    private static final int FACTOR = 1_664_525;
    private static final int TERM = 1_013_904_223;

    private Noise() {}

    static float[] values(int length, float scale) {
        float[] values = new float[length];
        int state = length;
        for (int i = 0; i < length; i++) {
            state = state * FACTOR + TERM;
            values[i] = state * (scale / (1L << 31));
        }
        return values;
    }
}

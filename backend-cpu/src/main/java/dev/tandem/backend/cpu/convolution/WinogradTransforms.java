package dev.tandem.backend.cpu.convolution;

/**
 * The transforms of Winograd's minimal filtering F(2x2, 3x3): with
 * {@code B' = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1]}, {@code G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1]} and
 * {@code A' = [1 1 1 0; 0 1 -1 -1]}, a tile of 2 x 2 outputs is {@code A' ((G g G') * (B' d B)) A} for 4 x 4 inputs
 * {@code d} and a kernel {@code g} (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015, section
 * 4.1). Each loop goes over numbers of many channels or tiles, which Java's compiler does with vector instructions.
 */
final class WinogradTransforms {
    /** The rows and columns of a tile in, and of a transformed kernel. */
    static final int POINTS = 4;

    private static final int LINES = 25;
    private static final ThreadLocal<float[][]> SCRATCH = ThreadLocal.withInitial(() -> new float[LINES][0]);

    private WinogradTransforms() {}

    /** The calling thread's 25 lines of at least {@code length}, contents unspecified. */
    static float[][] lines(int length) {
        float[][] lines = SCRATCH.get();
        if (lines[0].length < length) {
            for (int i = 0; i < LINES; i++) {
                lines[i] = new float[length];
            }
        }
        return lines;
    }

    /** {@code B' d} along one axis: four numbers become four. */
    static void input(float[] d0, float[] d1, float[] d2, float[] d3, float[][] out, int first, int count) {
        subtract(d0, d2, out[first], count);
        add(d1, d2, out[first + 1], count);
        subtract(d2, d1, out[first + 2], count);
        subtract(d1, d3, out[first + 3], count);
    }

    /** {@code G g} along one axis: three numbers become four. */
    static void kernel(float[] g0, float[] g1, float[] g2, float[][] out, int first, int count) {
        System.arraycopy(g0, 0, out[first], 0, count);
        float[] sum = out[first + 1];
        float[] difference = out[first + 2];
        for (int i = 0; i < count; i++) {
            sum[i] = 0.5f * (g0[i] + g2[i] + g1[i]);
        }
        for (int i = 0; i < count; i++) {
            difference[i] = 0.5f * (g0[i] + g2[i] - g1[i]);
        }
        System.arraycopy(g2, 0, out[first + 3], 0, count);
    }

    /** {@code A' m} along one axis: four numbers become two. */
    static void output(float[] m0, float[] m1, float[] m2, float[] m3, float[] out0, float[] out1, int count) {
        for (int i = 0; i < count; i++) {
            out0[i] = m0[i] + m1[i] + m2[i];
        }
        for (int i = 0; i < count; i++) {
            out1[i] = m1[i] - m2[i] - m3[i];
        }
    }

    /** {@code a + b}. */
    static void add(float[] a, float[] b, float[] out, int count) {
        for (int i = 0; i < count; i++) {
            out[i] = a[i] + b[i];
        }
    }

    private static void subtract(float[] a, float[] b, float[] out, int count) {
        for (int i = 0; i < count; i++) {
            out[i] = a[i] - b[i];
        }
    }

    /** What is above zero. */
    static void rectify(float[] values, int count) {
        for (int i = 0; i < count; i++) {
            values[i] = Math.max(values[i], 0f);
        }
    }
}

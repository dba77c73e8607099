package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;

/**
 * What remains of a locally connected layer beside its products, over maps that lie place by place,
 * {@code (H, W, N, C)}. In plain Java on all of the device's threads.
 */
final class PlaceLoops {
    private static final long LEAST_PER_THREAD = 1 << 15;

    private final ThreadTeam team;

    PlaceLoops(ThreadTeam team) {
        this.team = team;
    }

    /** Sets the outputs of all samples to {@code bias (places, K)}, or to 0 for null. */
    void fill(ConvolutionProblem problem, float[] bias, Block outputs) {
        int samples = problem.samples();
        int kernels = problem.kernels();
        team.forEach(PlaceCopies.places(problem), least((long) samples * kernels), (from, end) -> {
            float[] matrix = new float[samples * kernels];
            for (int place = (int) from; place < end; place++) {
                for (int sample = 0; bias != null && sample < samples; sample++) {
                    System.arraycopy(bias, place * kernels, matrix, sample * kernels, kernels);
                }
                outputs.put((long) place * matrix.length, matrix, 0, matrix.length);
            }
        });
    }

    /** Sets the kernels {@code (taps, places, C, K)} to 0 where their tap lies in the padding. */
    void clearPadding(ConvolutionProblem problem, Block kernels) {
        int places = PlaceCopies.places(problem);
        int wide = (int) problem.target()[3];
        float[] zeros = new float[problem.channels() * problem.kernels()];
        int taps = PlaceCopies.inputs(problem) / problem.channels();
        WindowTap[] onMap = new WindowTap[taps];
        WindowTap.of(problem).forEach(tap -> onMap[tap.index()] = tap);
        for (int i = 0; i < taps; i++) {
            for (int place = 0; place < places; place++) {
                if (onMap[i] == null || !onMap[i].isAt(place / wide, place % wide)) {
                    kernels.put(((long) i * places + place) * zeros.length, zeros, 0, zeros.length);
                }
            }
        }
    }

    /** {@code dbias (K, places)}: the sum of {@code dy} over the samples. */
    void sumSamples(ConvolutionProblem problem, Block dy, Block dbias) {
        int samples = problem.samples();
        int kernels = problem.kernels();
        int places = PlaceCopies.places(problem);
        float[] sums = new float[kernels * places];
        team.forEach(places, least((long) samples * kernels), (from, end) -> {
            float[] matrix = new float[samples * kernels];
            for (int place = (int) from; place < end; place++) {
                dy.get((long) place * matrix.length, matrix, 0, matrix.length);
                float[] sum = new float[kernels];
                for (int at = 0; at < matrix.length; at += kernels) {
                    for (int k = 0; k < kernels; k++) {
                        sum[k] += matrix[at + k];
                    }
                }
                for (int k = 0; k < kernels; k++) {
                    sums[k * places + place] = sum[k];
                }
            }
        });
        dbias.put(0, sums, 0, sums.length);
    }

    /** The fewest places for a thread if each is so much work. */
    private static long least(long work) {
        return Math.max(1, LEAST_PER_THREAD / work);
    }
}

package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.spi.op.Window;
import java.util.Arrays;

/**
 * Copies between row-major maps and the operands of one matrix product for each place of a locally connected
 * layer: the windows at a place {@code (N, inputs)}, and its outputs {@code (N, K)}, of all samples. In plain Java on
 * all of the device's threads, for some rows of places at a time.
 */
final class PlaceCopies {
    private static final long LEAST_PER_THREAD = 1 << 15;

    private final ThreadTeam team;

    PlaceCopies(ThreadTeam team) {
        this.team = team;
    }

    /** The rows {@code first} to {@code first + count - 1} of places; each has {@code width} of them. */
    record Rows(int first, int count, int width) {
        int places() {
            return count * width;
        }

        int firstPlace() {
            return first * width;
        }
    }

    /** The elements of a window over all channels. */
    static int inputs(ConvolutionProblem problem) {
        Window window = problem.spec().window();
        return Math.multiplyExact(problem.channels(), window.height() * window.width());
    }

    /** The places of the output. */
    static int places(ConvolutionProblem problem) {
        long[] target = problem.target();
        return Math.toIntExact(target[2] * target[3]);
    }

    /** Copies the windows over {@code x} to {@code windows (places, N, inputs)}, 0 in the padding. */
    void gather(ConvolutionProblem problem, Block x, Rows rows, Block windows) {
        int channels = problem.channels();
        int inputs = inputs(problem);
        int line = problem.width();
        int high = problem.spec().window().height();
        long work = (long) rows.width() * inputs;
        team.forEach((long) problem.samples() * rows.count(), least(work), (from, end) -> {
            float[] band = new float[channels * high * line];
            float[] window = new float[inputs];
            for (long i = from; i < end; i++) {
                int sample = (int) (i / rows.count());
                int row = (int) (i % rows.count());
                int top = top(problem, rows.first() + row);
                int begin = Math.max(0, top);
                int count = Math.min(problem.height(), top + high) - begin;
                for (int c = 0; c < channels; c++) {
                    long source = (((long) sample * channels + c) * problem.height() + begin) * line;
                    x.get(source, band, (c * high + begin - top) * line, count * line);
                }
                for (int column = 0; column < rows.width(); column++) {
                    Arrays.fill(window, 0);
                    forEachRun(problem, top, high, column, (at, to, length) -> {
                        System.arraycopy(band, at, window, to, length);
                    });
                    long place = (long) row * rows.width() + column;
                    windows.put((place * problem.samples() + sample) * inputs, window, 0, inputs);
                }
            }
        });
    }

    /** The adjoint of {@link #gather}: adds the windows up in {@code dx}, which begins as zeros with the first row. */
    void scatter(ConvolutionProblem problem, Block windows, Rows rows, Block dx) {
        int inputs = inputs(problem);
        int elements = problem.channels() * problem.height() * problem.width();
        long work = (long) rows.places() * inputs;
        team.forEach(problem.samples(), least(work), (from, end) -> {
            float[] map = new float[elements];
            float[] window = new float[inputs];
            for (long sample = from; sample < end; sample++) {
                if (rows.first() == 0) {
                    Arrays.fill(map, 0);
                } else {
                    dx.get(sample * elements, map, 0, elements);
                }
                for (int place = 0; place < rows.places(); place++) {
                    windows.get(((long) place * problem.samples() + sample) * inputs, window, 0, inputs);
                    int top = top(problem, rows.first() + place / rows.width());
                    // The map's rows stand from its own first one on, which is -top rows below the window's.
                    int skipped = top * problem.width();
                    forEachRun(problem, top, problem.height(), place % rows.width(), (at, to, length) -> {
                        add(window, to, map, at + skipped, length);
                    });
                }
                dx.put(sample * elements, map, 0, elements);
            }
        });
    }

    private static void add(float[] from, int at, float[] to, int start, int length) {
        for (int i = 0; i < length; i++) {
            to[start + i] += from[at + i];
        }
    }

    private interface OnRun {
        void run(int at, int to, int length);
    }

    /**
     * Runs {@code body} for each part of a window, whose first row is {@code top}, that is on the map and lies in one
     * piece: its start among rows counted from {@code top}, of which each channel has {@code height}; its start in the
     * window; and its length.
     */
    private void forEachRun(ConvolutionProblem problem, int top, int height, int column, OnRun body) {
        Window window = problem.spec().window();
        int left = column * window.strideX() - window.padLeft();
        int first = Math.max(0, -left);
        int length = Math.min(window.width(), problem.width() - left) - first;
        for (int c = 0; c < problem.channels(); c++) {
            for (int a = Math.max(0, -top); a < window.height() && top + a < problem.height(); a++) {
                int at = (c * height + a) * problem.width() + left + first;
                body.run(at, (c * window.height() + a) * window.width() + first, length);
            }
        }
    }

    private static int top(ConvolutionProblem problem, int row) {
        Window window = problem.spec().window();
        return row * window.strideY() - window.padTop();
    }

    /** Copies maps of outputs to {@code places (places, N, K)}. */
    void toPlaces(ConvolutionProblem problem, Block maps, Rows rows, Block places) {
        int kernels = problem.kernels();
        forEachSample(problem, rows, (sample, line, other) -> {
            readOutputs(problem, maps, sample, rows, line, other);
            for (int place = 0; place < rows.places(); place++) {
                places.put(((long) place * problem.samples() + sample) * kernels, line, place * kernels, kernels);
            }
        });
    }

    /**
     * Makes outputs of {@code sums (places, N, K)}: adds {@code bias (all places, K)}, which may be null, and applies
     * {@code f}.
     */
    void fromPlaces(ConvolutionProblem problem, Block sums, Rows rows, float[] bias, FloatLoops.Map f, Block maps) {
        int kernels = problem.kernels();
        int count = rows.places() * kernels;
        forEachSample(problem, rows, (sample, line, other) -> {
            for (int place = 0; place < rows.places(); place++) {
                sums.get(((long) place * problem.samples() + sample) * kernels, line, place * kernels, kernels);
            }
            if (bias != null) {
                add(bias, rows.firstPlace() * kernels, line, 0, count);
            }
            f.apply(line, other, count);
            writeOutputs(problem, maps, sample, rows, other, line);
        });
    }

    private interface OnSample {
        void run(int sample, float[] line, float[] other);
    }

    /** Runs {@code body} for each sample with two arrays for its outputs at all the places. */
    private void forEachSample(ConvolutionProblem problem, Rows rows, OnSample body) {
        int count = Math.multiplyExact(rows.places(), problem.kernels());
        team.forEach(problem.samples(), least(count), (from, end) -> {
            float[] line = new float[count];
            float[] other = new float[count];
            for (long sample = from; sample < end; sample++) {
                body.run((int) sample, line, other);
            }
        });
    }

    private void readOutputs(
            ConvolutionProblem problem, Block maps, int sample, Rows rows, float[] line, float[] other) {
        int kernels = problem.kernels();
        int places = rows.places();
        for (int k = 0; k < kernels; k++) {
            maps.get(((long) sample * kernels + k) * places(problem) + rows.firstPlace(), other, k * places, places);
        }
        transpose(other, kernels, places, line);
    }

    private void writeOutputs(
            ConvolutionProblem problem, Block maps, int sample, Rows rows, float[] line, float[] other) {
        int kernels = problem.kernels();
        int places = rows.places();
        transpose(line, places, kernels, other);
        for (int k = 0; k < kernels; k++) {
            maps.put(((long) sample * kernels + k) * places(problem) + rows.firstPlace(), other, k * places, places);
        }
    }

    /** The bias {@code (K, places)} as {@link #fromPlaces} takes it; null for null. */
    static float[] bias(ConvolutionProblem problem, Block bias) {
        if (bias == null) {
            return null;
        }
        int places = places(problem);
        float[] values = new float[problem.kernels() * places];
        float[] turned = new float[values.length];
        bias.get(0, values, 0, values.length);
        transpose(values, problem.kernels(), places, turned);
        return turned;
    }

    /** {@code dbias (K, places)}: the sum of {@code dy} over the samples. */
    void sumSamples(ConvolutionProblem problem, Block dy, Block dbias) {
        int elements = problem.kernels() * places(problem);
        float[] sums = new float[elements];
        team.forEach(elements, least(problem.samples()), (from, end) -> {
            float[] values = new float[(int) (end - from)];
            for (int sample = 0; sample < problem.samples(); sample++) {
                dy.get((long) sample * elements + from, values, 0, values.length);
                add(values, 0, sums, (int) from, values.length);
            }
        });
        dbias.put(0, sums, 0, elements);
    }

    /** The fewest items for a thread if each is so much work. */
    private static long least(long work) {
        return Math.max(1, LEAST_PER_THREAD / work);
    }

    private static void transpose(float[] from, int rows, int columns, float[] to) {
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                to[column * rows + row] = from[row * columns + column];
            }
        }
    }
}

package dev.tandem.backend.cpu.normalization;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import java.util.Arrays;

/**
 * The operations of {@link dev.tandem.spi.kernel.NormalizationKernels} on channels, in plain Java on all of the device's
 * threads and in the layout of the maps. Sums do not depend on the number of threads.
 */
final class ChannelLoops {
    private static final long LEAST_PER_THREAD = 1 << 15;
    /** Pieces that are summed in single precision before their sums go on in double precision. */
    private static final int PIECES_PER_SUM = 16;

    private final Storages storages;
    private final ThreadTeam team;

    ChannelLoops(Workbench bench) {
        this.storages = bench.storages();
        this.team = bench.team();
    }

    /** One read of {@code x}: sums of the distance from a number near the mean, and of its square. */
    void moments(CpuStorage x, CpuStorage moments) {
        ChannelOrder order = ChannelOrder.of(x, storages);
        float[] near = nearMeans(order, x.block);
        double[] sums = sums(order, (block, pieces, sum) -> {
            float[] shift = order.repeated(near, 0, block);
            float[] distances = sum.first;
            float[] squares = sum.second;
            pieces.forEach((at, count, a, b) -> {
                x.block.get(at, a, 0, count);
                for (int i = 0; i < count; i++) {
                    float distance = a[i] - shift[i];
                    distances[i] += distance;
                    squares[i] += distance * distance;
                }
            });
        });
        int channels = order.channels();
        double count = (double) x.shape.elements() / channels;
        float[] out = new float[2 * channels];
        for (int c = 0; c < channels; c++) {
            double distance = sums[c] / count;
            out[c] = (float) (near[c] + distance);
            out[channels + c] = (float) Math.max(0, sums[channels + c] - distance * sums[c]);
        }
        storages.output(moments).put(0, out, 0, out.length);
    }

    /** The mean of the first piece of each channel, so that the sums of squares lose nothing. */
    private static float[] nearMeans(ChannelOrder order, Block x) {
        float[] near = new float[order.channels()];
        for (int block = 0; block < order.blocks(); block++) {
            int turn = order.width(block);
            int count = (int) Math.min(order.piece(block), order.length(block));
            float[] piece = new float[count];
            x.get(order.start(0, block), piece, 0, count);
            for (int i = 0; i < turn && block * order.width() + i < near.length; i++) {
                double sum = 0;
                for (int j = i; j < count; j += turn) {
                    sum += piece[j];
                }
                near[block * order.width() + i] = (float) (sum * turn / count);
            }
        }
        return near;
    }

    void momentsBackward(CpuStorage x, CpuStorage moments, CpuStorage dmoments, CpuStorage dx) {
        ChannelOrder order = ChannelOrder.of(x, storages);
        int channels = order.channels();
        float[] mean = read(moments);
        float[] gradients = read(dmoments);
        double share = (double) channels / x.shape.elements();
        for (int c = 0; c < channels; c++) {
            gradients[c] = (float) (gradients[c] * share);
            gradients[channels + c] *= 2;
        }
        Block from = x.block;
        Block to = storages.outputLike(x, dx);
        map(order, (block, pieces) -> {
            float[] centre = order.repeated(mean, 0, block);
            float[] dmean = order.repeated(gradients, 0, block);
            float[] dsquares = order.repeated(gradients, channels, block);
            pieces.forEach((at, count, a, b) -> {
                from.get(at, a, 0, count);
                for (int i = 0; i < count; i++) {
                    b[i] = (a[i] - centre[i]) * dsquares[i] + dmean[i];
                }
                to.put(at, b, 0, count);
            });
        });
    }

    void affine(CpuStorage x, CpuStorage coefficients, CpuStorage y) {
        ChannelOrder order = ChannelOrder.of(x, storages);
        float[] numbers = read(coefficients);
        Block from = x.block;
        Block to = storages.outputLike(x, y);
        map(order, (block, pieces) -> {
            float[] mean = order.repeated(numbers, 0, block);
            float[] scale = order.repeated(numbers, order.channels(), block);
            float[] bias = order.repeated(numbers, 2 * order.channels(), block);
            pieces.forEach((at, count, a, b) -> {
                from.get(at, a, 0, count);
                for (int i = 0; i < count; i++) {
                    b[i] = (a[i] - mean[i]) * scale[i] + bias[i];
                }
                to.put(at, b, 0, count);
            });
        });
    }

    /** One read of {@code x} and {@code dy}, and one write. */
    void affineBackward(CpuStorage x, CpuStorage coefficients, CpuStorage dy, CpuStorage dcoefficients) {
        ChannelOrder order = ChannelOrder.of(x, storages);
        int channels = order.channels();
        float[] numbers = read(coefficients);
        storages.align(dy, x);
        Block from = dy.block;
        Block to = storages.outputLike(x, dy);
        double[] sums = sums(order, (block, pieces, sum) -> {
            float[] mean = order.repeated(numbers, 0, block);
            float[] scale = order.repeated(numbers, channels, block);
            float[] gradients = sum.first;
            float[] products = sum.second;
            pieces.forEach((at, count, a, b) -> {
                x.block.get(at, a, 0, count);
                from.get(at, b, 0, count);
                for (int i = 0; i < count; i++) {
                    gradients[i] += b[i];
                    products[i] += b[i] * (a[i] - mean[i]);
                }
                for (int i = 0; i < count; i++) {
                    b[i] *= scale[i];
                }
                to.put(at, b, 0, count);
            });
        });
        float[] out = new float[3 * channels];
        for (int c = 0; c < channels; c++) {
            out[c] = (float) (-numbers[channels + c] * sums[c]);
            out[channels + c] = (float) sums[channels + c];
            out[2 * channels + c] = (float) sums[c];
        }
        storages.output(dcoefficients).put(0, out, 0, out.length);
    }

    private float[] read(CpuStorage small) {
        float[] numbers = new float[Math.toIntExact(small.shape.elements())];
        storages.plain(small).get(0, numbers, 0, numbers.length);
        return numbers;
    }

    /** Elements of one block of channels, piece by piece. */
    private interface Pieces {
        void forEach(Piece body);
    }

    /** {@code count} elements from index {@code at} on; {@code a} and {@code b} have room for them. */
    private interface Piece {
        void run(long at, int count, float[] a, float[] b);
    }

    private interface Map {
        void run(int block, Pieces pieces);
    }

    private interface Reduction {
        void run(int block, Pieces pieces, Sums sums);
    }

    /** Two sums at each position of a piece. */
    private static final class Sums {
        final float[] first;
        final float[] second;
        private final double[] totals;
        private final int turn;

        Sums(int piece, int turn) {
            this.first = new float[piece];
            this.second = new float[piece];
            this.totals = new double[2 * turn];
            this.turn = turn;
        }

        /** Adds the sums to those of the channels. */
        void fold() {
            for (int i = 0; i < first.length; i++) {
                totals[i % turn] += first[i];
                totals[turn + i % turn] += second[i];
            }
            Arrays.fill(first, 0);
            Arrays.fill(second, 0);
        }
    }

    /** Some samples of one block: as many as make a thread worth while, whatever the number of threads. */
    private static int samplesPerTask(ChannelOrder order) {
        return (int) Math.max(1, Math.min(order.samples(), LEAST_PER_THREAD / order.length()));
    }

    private static int tasksPerBlock(ChannelOrder order) {
        int some = samplesPerTask(order);
        return (order.samples() + some - 1) / some;
    }

    private void forEachTask(ChannelOrder order, ThreadTeam.Body body) {
        long elements = samplesPerTask(order) * order.length();
        long tasks = (long) order.blocks() * tasksPerBlock(order);
        team.forEach(tasks, Math.max(1, LEAST_PER_THREAD / elements), body);
    }

    private void map(ChannelOrder order, Map body) {
        int perBlock = tasksPerBlock(order);
        forEachTask(order, (from, to) -> {
            for (long task = from; task < to; task++) {
                int block = (int) (task / perBlock);
                body.run(block, pieces(order, block, task % perBlock, () -> {}));
            }
        });
    }

    /** The two sums of each channel: all first ones, then all second ones. */
    private double[] sums(ChannelOrder order, Reduction body) {
        int perBlock = tasksPerBlock(order);
        Sums[] parts = new Sums[order.blocks() * perBlock];
        forEachTask(order, (from, to) -> {
            for (int task = (int) from; task < to; task++) {
                int block = task / perBlock;
                Sums sums = new Sums(order.piece(block), order.width(block));
                body.run(block, pieces(order, block, task % perBlock, sums::fold), sums);
                sums.fold();
                parts[task] = sums;
            }
        });
        double[] totals = new double[2 * order.channels()];
        for (int task = 0; task < parts.length; task++) {
            int first = task / perBlock * order.width();
            Sums part = parts[task];
            for (int i = 0; i < part.turn && first + i < order.channels(); i++) {
                totals[first + i] += part.totals[i];
                totals[order.channels() + first + i] += part.totals[part.turn + i];
            }
        }
        return totals;
    }

    /** The pieces of task {@code index} of a block; {@code fold} runs after every so many. */
    private static Pieces pieces(ChannelOrder order, int block, long index, Runnable fold) {
        int some = samplesPerTask(order);
        long end = Math.min(order.samples(), (index + 1) * some);
        long length = order.length(block);
        int piece = order.piece(block);
        return body -> {
            float[][] pieces = FloatLoops.pieces();
            int done = 0;
            for (long n = index * some; n < end; n++) {
                long start = order.start(n, block);
                for (long at = 0; at < length; at += piece) {
                    body.run(start + at, (int) Math.min(piece, length - at), pieces[0], pieces[1]);
                    if (++done % PIECES_PER_SUM == 0) {
                        fold.run();
                    }
                }
            }
        };
    }
}

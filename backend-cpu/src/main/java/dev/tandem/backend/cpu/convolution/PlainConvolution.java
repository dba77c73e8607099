package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.device.Arena;
import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.Broadcast;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.loops.Nd4jProducts;
import dev.tandem.backend.cpu.loops.Nd4jProducts.Matrix;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.loops.PlainReductions;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;

/**
 * Convolution of row-major maps by matrix products. For each sample and group, the windows are unfolded into the
 * columns of a matrix, as Caffe does. It can do every operation.
 */
final class PlainConvolution implements ConvolutionImplementation {
    private final Storages storages;
    private final Arena arena;
    private final ThreadTeam team;
    private final PlainReductions reductions;

    PlainConvolution(Workbench bench) {
        this.storages = bench.storages();
        this.arena = storages.arena();
        this.team = bench.team();
        this.reductions = new PlainReductions(team);
    }

    @Override
    public boolean forward(
            CpuStorage x, CpuStorage w, CpuStorage bias, ConvolutionSpec spec, UnaryFunction f, CpuStorage y) {
        int kernels = w.shape.dim(0);
        Geometry g = new Geometry(x.shape, kernels, spec);
        Block images = storages.plain(x);
        Block weights = storages.plain(w);
        Block maps = storages.output(y);
        float[] offsets = new float[kernels];
        if (bias != null) {
            storages.plain(bias).get(0, offsets, 0, kernels);
        }
        Block windows = arena.allocate(g.unfolded() * Float.BYTES);
        for (int sample = 0; sample < g.samples(); sample++) {
            for (int group = 0; group < spec.groups(); group++) {
                unfold(g, images, g.sourceIndex(sample, group), windows);
                Nd4jProducts.product(
                        g.weights(weights, group), false, g.windows(windows), false, g.target(maps, sample, group));
            }
        }
        arena.release(windows);
        addAndApply(offsets, f, maps, g);
        return true;
    }

    /** {@code y = f(y + bias)}. */
    private void addAndApply(float[] bias, UnaryFunction f, Block y, Geometry g) {
        FloatLoops.Map activation = PlainElementwise.loop(f);
        team.forEach((long) g.samples() * bias.length, 1, (first, end) -> {
            float[] map = new float[g.places()];
            for (long plane = first; plane < end; plane++) {
                y.get(plane * map.length, map, 0, map.length);
                float offset = bias[(int) (plane % bias.length)];
                for (int i = 0; i < map.length; i++) {
                    map[i] += offset;
                }
                activation.apply(map, map, map.length);
                y.put(plane * map.length, map, 0, map.length);
            }
        });
    }

    @Override
    public boolean backwardData(CpuStorage dy, CpuStorage w, ConvolutionSpec spec, CpuStorage dx) {
        Geometry g = new Geometry(dx.shape, w.shape.dim(0), spec);
        Block result = storages.output(dx);
        Block weights = storages.plain(w);
        Block gradient = storages.plain(dy);
        Block windows = arena.allocate(g.unfolded() * Float.BYTES);
        for (int sample = 0; sample < g.samples(); sample++) {
            for (int group = 0; group < spec.groups(); group++) {
                Nd4jProducts.product(
                        g.weights(weights, group), true, g.target(gradient, sample, group), false, g.windows(windows));
                fold(g, windows, result, g.sourceIndex(sample, group));
            }
        }
        arena.release(windows);
        return true;
    }

    @Override
    public boolean backwardWeights(CpuStorage x, CpuStorage dy, ConvolutionSpec spec, CpuStorage dw, CpuStorage dbias) {
        int kernels = dw.shape.dim(0);
        Geometry g = new Geometry(x.shape, kernels, spec);
        Block images = storages.plain(x);
        Block sum = storages.output(dw);
        Block gradient = storages.plain(dy);
        Block biasGradient = dbias == null ? null : storages.output(dbias);
        long weights = (long) kernels * g.rows();
        Block windows = arena.allocate(g.unfolded() * Float.BYTES);
        Block one = arena.allocate(weights * Float.BYTES);
        for (int sample = 0; sample < g.samples(); sample++) {
            Block target = sample == 0 ? sum : one;
            for (int group = 0; group < spec.groups(); group++) {
                unfold(g, images, g.sourceIndex(sample, group), windows);
                Nd4jProducts.product(
                        g.target(gradient, sample, group), false, g.windows(windows), true, g.weights(target, group));
            }
            if (sample > 0) {
                FloatLoops.add(weights, one, sum);
            }
        }
        arena.release(one);
        arena.release(windows);
        if (dbias != null) {
            Broadcast perKernel = new Broadcast(Shape.of(g.samples(), kernels, g.places()), Shape.of(1, kernels, 1));
            reductions.sum(perKernel, gradient, biasGradient, kernels);
        }
        return true;
    }

    private record Geometry(Shape x, int kernels, ConvolutionSpec spec) {
        int samples() {
            return x.dim(0);
        }

        int groups() {
            return spec.groups();
        }

        Window window() {
            return spec.window();
        }

        int height() {
            return x.dim(2);
        }

        int width() {
            return x.dim(3);
        }

        int outHeight() {
            return window().outputHeight(height());
        }

        int outWidth() {
            return window().outputWidth(width());
        }

        /** Windows in one map. */
        int places() {
            return outHeight() * outWidth();
        }

        /** Elements in one window, over all channels of a group. */
        int rows() {
            return x.dim(1) / groups() * window().height() * window().width();
        }

        long unfolded() {
            return (long) rows() * places();
        }

        long sourceIndex(int sample, int group) {
            return ((long) sample * x.dim(1) + (long) group * (x.dim(1) / groups())) * height() * width();
        }

        Matrix windows(Block block) {
            return new Matrix(block, 0, rows(), places());
        }

        Matrix weights(Block block, int group) {
            int own = kernels / groups();
            return new Matrix(block, (long) group * own * rows(), own, rows());
        }

        Matrix target(Block block, int sample, int group) {
            int own = kernels / groups();
            return new Matrix(block, ((long) sample * kernels + (long) group * own) * places(), own, places());
        }
    }

    /** Row (c, i, j) of {@code windows} holds element (i, j) of each window in channel c; padding is zero. */
    private void unfold(Geometry g, Block x, long start, Block windows) {
        int perChannel = g.window().height() * g.window().width();
        team.forEach(g.rows() / perChannel, 1, (first, end) -> {
            float[] map = new float[g.height() * g.width()];
            float[] row = new float[g.places()];
            for (long channel = first; channel < end; channel++) {
                x.get(start + channel * map.length, map, 0, map.length);
                for (int element = 0; element < perChannel; element++) {
                    forEachPlace(g, element, (place, source) -> row[place] = source < 0 ? 0 : map[source]);
                    windows.put((channel * perChannel + element) * row.length, row, 0, row.length);
                }
            }
        });
    }

    /** The adjoint of {@link #unfold}: adds each row of {@code windows} to the elements it was copied from. */
    private void fold(Geometry g, Block windows, Block x, long start) {
        int perChannel = g.window().height() * g.window().width();
        team.forEach(g.rows() / perChannel, 1, (first, end) -> {
            float[] row = new float[g.places()];
            for (long channel = first; channel < end; channel++) {
                float[] map = new float[g.height() * g.width()];
                for (int element = 0; element < perChannel; element++) {
                    windows.get((channel * perChannel + element) * row.length, row, 0, row.length);
                    forEachPlace(g, element, (place, source) -> {
                        if (source >= 0) {
                            map[source] += row[place];
                        }
                    });
                }
                x.put(start + channel * map.length, map, 0, map.length);
            }
        });
    }

    private interface Place {
        void visit(int place, int source);
    }

    /** For each window: its index, and the index in the map of its element {@code element}, or -1 in the padding. */
    private static void forEachPlace(Geometry g, int element, Place body) {
        Window window = g.window();
        int i = element / window.width();
        int j = element % window.width();
        for (int row = 0; row < g.outHeight(); row++) {
            int y = row * window.strideY() - window.padTop() + i;
            for (int column = 0; column < g.outWidth(); column++) {
                int x = column * window.strideX() - window.padLeft() + j;
                boolean inside = y >= 0 && y < g.height() && x >= 0 && x < g.width();
                body.visit(row * g.outWidth() + column, inside ? y * g.width() + x : -1);
            }
        }
    }
}

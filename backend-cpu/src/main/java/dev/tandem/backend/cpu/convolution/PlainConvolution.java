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
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;

/**
 * Convolution of row-major maps by matrix products: each sample's windows are unfolded into the columns of a matrix (as
 * Caffe does), group by group.
 */
public final class PlainConvolution {
    private final Arena arena;
    private final ThreadTeam team;
    private final Nd4jProducts products;
    private final PlainReductions reductions;

    public PlainConvolution(Arena arena, ThreadTeam team, Nd4jProducts products, PlainReductions reductions) {
        this.arena = arena;
        this.team = team;
        this.products = products;
        this.reductions = reductions;
    }

    /** {@code y = f(x * w + bias)}; {@code bias} may be null. */
    void forward(Shape x, int kernels, ConvolutionSpec spec, UnaryFunction f, Maps maps, Block bias) {
        Geometry g = new Geometry(x, kernels, spec);
        float[] offsets = new float[kernels];
        if (bias != null) {
            bias.get(0, offsets, 0, kernels);
        }
        Block windows = arena.allocate(g.unfolded() * Float.BYTES);
        for (int sample = 0; sample < x.dim(0); sample++) {
            for (int group = 0; group < spec.groups(); group++) {
                unfold(g, maps.x(), g.sourceIndex(sample, group), windows);
                products.product(
                        g.weights(maps.w(), group),
                        false,
                        g.windows(windows),
                        false,
                        g.target(maps.y(), sample, group));
            }
        }
        arena.release(windows);
        FloatLoops.Map activation = PlainElementwise.loop(f);
        team.forEach((long) x.dim(0) * kernels, 1, (first, end) -> {
            float[] map = new float[g.places()];
            for (long plane = first; plane < end; plane++) {
                maps.y().get(plane * map.length, map, 0, map.length);
                float offset = offsets[(int) (plane % kernels)];
                for (int i = 0; i < map.length; i++) {
                    map[i] += offset;
                }
                activation.apply(map, map, map.length);
                maps.y().put(plane * map.length, map, 0, map.length);
            }
        });
    }

    /** {@code x} of {@code maps} receives the gradient by the input, {@code y} holds the gradient by the output. */
    void backwardData(Shape x, int kernels, ConvolutionSpec spec, Maps maps) {
        Geometry g = new Geometry(x, kernels, spec);
        Block windows = arena.allocate(g.unfolded() * Float.BYTES);
        for (int sample = 0; sample < x.dim(0); sample++) {
            for (int group = 0; group < spec.groups(); group++) {
                products.product(
                        g.weights(maps.w(), group), true, g.target(maps.y(), sample, group), false, g.windows(windows));
                fold(g, windows, maps.x(), g.sourceIndex(sample, group));
            }
        }
        arena.release(windows);
    }

    /** {@code w} of {@code maps} receives the gradient by the weights; {@code bias}, which may be null, that by the bias. */
    void backwardWeights(Shape x, int kernels, ConvolutionSpec spec, Maps maps, Block bias) {
        Geometry g = new Geometry(x, kernels, spec);
        long weights = (long) kernels * g.rows();
        Block windows = arena.allocate(g.unfolded() * Float.BYTES);
        Block one = arena.allocate(weights * Float.BYTES);
        for (int sample = 0; sample < x.dim(0); sample++) {
            Block target = sample == 0 ? maps.w() : one;
            for (int group = 0; group < spec.groups(); group++) {
                unfold(g, maps.x(), g.sourceIndex(sample, group), windows);
                products.product(
                        g.target(maps.y(), sample, group), false, g.windows(windows), true, g.weights(target, group));
            }
            if (sample > 0) {
                FloatLoops.add(weights, one, maps.w());
            }
        }
        arena.release(one);
        arena.release(windows);
        if (bias != null) {
            Broadcast perKernel = new Broadcast(Shape.of(x.dim(0), kernels, g.places()), Shape.of(1, kernels, 1));
            reductions.sum(perKernel, maps.y(), bias, kernels);
        }
    }

    /** The memory of one convolution. */
    record Maps(Block x, Block w, Block y) {}

    private record Geometry(Shape x, int kernels, ConvolutionSpec spec) {
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

    /** Row (c, i, j) of {@code windows} holds what element (i, j) of each window sees of channel c; padding is zero. */
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

    /** The reverse of {@link #unfold}: adds up what windows share. */
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

    /** Each window's place, and the index in the map of its element {@code element}: -1 in the padding. */
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

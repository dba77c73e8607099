package dev.tandem.backend.cpu.pooling;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Window;

/** Pooling of row-major maps, in plain Java on all of the device's threads. It can do every operation. */
final class PlainPooling implements PoolingImplementation {
    private final Storages storages;
    private final ThreadTeam team;

    PlainPooling(Workbench bench) {
        this.storages = bench.storages();
        this.team = bench.team();
    }

    /** The greatest element of each window; not-a-number is greater than anything. */
    @Override
    public boolean max(CpuStorage x, Window window, CpuStorage y) {
        return forward(
                x,
                window,
                y,
                (map, width, top, bottom, left, right) -> map[greatest(map, width, top, bottom, left, right)]);
    }

    /** The mean over the real elements of each window. */
    @Override
    public boolean average(CpuStorage x, Window window, CpuStorage y) {
        return forward(x, window, y, (map, width, top, bottom, left, right) -> {
            double sum = 0;
            for (int row = top; row < bottom; row++) {
                for (int column = left; column < right; column++) {
                    sum += map[row * width + column];
                }
            }
            return (float) (sum / ((bottom - top) * (right - left)));
        });
    }

    /** Each window's gradient is added to its first greatest element. */
    @Override
    public boolean maxBackward(CpuStorage x, CpuStorage y, CpuStorage dy, Window window, CpuStorage dx) {
        int size = x.shape.dim(2) * x.shape.dim(3);
        Block maps = storages.plain(x);
        return backward(dy, window, dx, plane -> {
            float[] map = new float[size];
            maps.get(plane * size, map, 0, size);
            return (sums, gradient, width, top, bottom, left, right) ->
                    sums[greatest(map, width, top, bottom, left, right)] += gradient;
        });
    }

    /** Each window's gradient, shared equally by its real elements. */
    @Override
    public boolean averageBackward(CpuStorage dy, Window window, CpuStorage dx) {
        return backward(dy, window, dx, plane -> (sums, gradient, width, top, bottom, left, right) -> {
            double share = (double) gradient / ((bottom - top) * (right - left));
            for (int row = top; row < bottom; row++) {
                for (int column = left; column < right; column++) {
                    sums[row * width + column] += share;
                }
            }
        });
    }

    /** The result of one window, without its padding. */
    private interface Pool {
        float of(float[] map, int width, int top, int bottom, int left, int right);
    }

    /** Adds a window's gradient to the gradients of its elements. */
    private interface Spread {
        void add(double[] sums, float gradient, int width, int top, int bottom, int left, int right);
    }

    private interface SpreadOfPlane {
        Spread of(long plane);
    }

    private boolean forward(CpuStorage from, Window window, CpuStorage to, Pool pool) {
        Block x = storages.plain(from);
        Block y = storages.output(to);
        int height = from.shape.dim(2);
        int width = from.shape.dim(3);
        int outHeight = window.outputHeight(height);
        int outWidth = window.outputWidth(width);
        forEachPlane(from.shape, plane -> {
            float[] map = new float[height * width];
            float[] out = new float[outHeight * outWidth];
            x.get(plane * map.length, map, 0, map.length);
            for (int row = 0; row < outHeight; row++) {
                int top = row * window.strideY() - window.padTop();
                for (int column = 0; column < outWidth; column++) {
                    int left = column * window.strideX() - window.padLeft();
                    out[row * outWidth + column] = pool.of(
                            map,
                            width,
                            Math.max(0, top),
                            Math.min(height, top + window.height()),
                            Math.max(0, left),
                            Math.min(width, left + window.width()));
                }
            }
            y.put(plane * out.length, out, 0, out.length);
        });
        return true;
    }

    private boolean backward(CpuStorage from, Window window, CpuStorage to, SpreadOfPlane spreads) {
        Block dy = storages.plain(from);
        Block dx = storages.output(to);
        int height = to.shape.dim(2);
        int width = to.shape.dim(3);
        int outHeight = window.outputHeight(height);
        int outWidth = window.outputWidth(width);
        forEachPlane(to.shape, plane -> {
            double[] sums = new double[height * width];
            float[] gradients = new float[outHeight * outWidth];
            dy.get(plane * gradients.length, gradients, 0, gradients.length);
            Spread spread = spreads.of(plane);
            for (int row = 0; row < outHeight; row++) {
                int top = row * window.strideY() - window.padTop();
                for (int column = 0; column < outWidth; column++) {
                    int left = column * window.strideX() - window.padLeft();
                    spread.add(
                            sums,
                            gradients[row * outWidth + column],
                            width,
                            Math.max(0, top),
                            Math.min(height, top + window.height()),
                            Math.max(0, left),
                            Math.min(width, left + window.width()));
                }
            }
            float[] rounded = new float[sums.length];
            for (int i = 0; i < sums.length; i++) {
                rounded[i] = (float) sums[i];
            }
            dx.put(plane * rounded.length, rounded, 0, rounded.length);
        });
        return true;
    }

    private static int greatest(float[] map, int width, int top, int bottom, int left, int right) {
        int best = top * width + left;
        for (int row = top; row < bottom; row++) {
            for (int column = left; column < right; column++) {
                float value = map[row * width + column];
                if (value > map[best] || (Float.isNaN(value) && !Float.isNaN(map[best]))) {
                    best = row * width + column;
                }
            }
        }
        return best;
    }

    private interface Plane {
        void run(long plane);
    }

    private void forEachPlane(Shape shape, Plane body) {
        team.forEach((long) shape.dim(0) * shape.dim(1), 1, (first, end) -> {
            for (long plane = first; plane < end; plane++) {
                body.run(plane);
            }
        });
    }
}

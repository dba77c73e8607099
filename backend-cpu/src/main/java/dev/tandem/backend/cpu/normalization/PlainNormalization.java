package dev.tandem.backend.cpu.normalization;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;

/**
 * Local response normalization of row-major maps, in plain Java on all of the device's threads. With
 * {@code s = k + alpha sum(x'^2)}, {@code y = x s^-beta} and
 * {@code dx = dy s^-beta - 2 alpha beta x sum(dy' x' s'^(-beta-1))}. Both sums are over the same neighbourhood. It can
 * do every operation.
 */
final class PlainNormalization implements NormalizationImplementation {
    private final Storages storages;
    private final ThreadTeam team;

    PlainNormalization(Workbench bench) {
        this.storages = bench.storages();
        this.team = bench.team();
    }

    @Override
    public boolean forward(CpuStorage from, ResponseNormalization spec, CpuStorage to) {
        Shape shape = from.shape;
        Block x = storages.plain(from);
        Block y = storages.output(to);
        forEachSample(shape, (start, count) -> {
            float[] maps = new float[count];
            x.get(start, maps, 0, count);
            double[] scale = scale(shape, spec, maps);
            for (int i = 0; i < count; i++) {
                maps[i] = (float) (maps[i] * Math.pow(scale[i], -spec.beta()));
            }
            y.put(start, maps, 0, count);
        });
        return true;
    }

    @Override
    public boolean backward(
            CpuStorage from, CpuStorage y, CpuStorage gradient, ResponseNormalization spec, CpuStorage to) {
        Shape shape = from.shape;
        Block x = storages.plain(from);
        Block dy = storages.plain(gradient);
        Block dx = storages.output(to);
        forEachSample(shape, (start, count) -> {
            float[] maps = new float[count];
            float[] gradients = new float[count];
            x.get(start, maps, 0, count);
            dy.get(start, gradients, 0, count);
            double[] scale = scale(shape, spec, maps);
            double[] direct = new double[count];
            double[] through = new double[count];
            for (int i = 0; i < count; i++) {
                direct[i] = gradients[i] * Math.pow(scale[i], -spec.beta());
                through[i] = direct[i] * maps[i] / scale[i];
            }
            double[] sums = neighbourhoodSums(shape, spec, through);
            double factor = 2 * spec.alpha() * spec.beta();
            for (int i = 0; i < count; i++) {
                gradients[i] = (float) (direct[i] - factor * maps[i] * sums[i]);
            }
            dx.put(start, gradients, 0, count);
        });
        return true;
    }

    private static double[] scale(Shape shape, ResponseNormalization spec, float[] maps) {
        double[] squares = new double[maps.length];
        for (int i = 0; i < maps.length; i++) {
            squares[i] = (double) maps[i] * maps[i];
        }
        double[] scale = neighbourhoodSums(shape, spec, squares);
        for (int i = 0; i < scale.length; i++) {
            scale[i] = spec.k() + spec.alpha() * scale[i];
        }
        return scale;
    }

    private static double[] neighbourhoodSums(Shape shape, ResponseNormalization spec, double[] values) {
        int channels = shape.dim(1);
        int height = shape.dim(2);
        int width = shape.dim(3);
        int reach = spec.size() / 2;
        return spec.neighbourhood() == Neighbourhood.ACROSS_MAPS
                ? sums(values, spec.groups(), channels / spec.groups(), height * width, reach)
                : sums(sums(values, channels * height, width, 1, reach), channels, height, width, reach);
    }

    /**
     * The sums along the middle axis of {@code (outer, extent, inner)}, over {@code reach} neighbours on each side.
     */
    private static double[] sums(double[] values, int outer, int extent, int inner, int reach) {
        double[] sums = new double[values.length];
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < extent; i++) {
                int target = (o * extent + i) * inner;
                int last = Math.min(extent - 1, i + reach);
                for (int j = Math.max(0, i - reach); j <= last; j++) {
                    int source = (o * extent + j) * inner;
                    for (int k = 0; k < inner; k++) {
                        sums[target + k] += values[source + k];
                    }
                }
            }
        }
        return sums;
    }

    private interface Sample {
        void run(long start, int count);
    }

    private void forEachSample(Shape shape, Sample body) {
        int count = Math.toIntExact(shape.elements() / shape.dim(0));
        team.forEach(shape.dim(0), 1, (first, end) -> {
            for (long sample = first; sample < end; sample++) {
                body.run(sample * count, count);
            }
        });
    }
}

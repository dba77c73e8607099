package dev.tandem.backend.cpu.normalization;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ResponseNormalization;

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
        Block x = storages.plain(from);
        Block y = storages.output(to);
        forEachSample(from.shape, spec, (sample, start) -> {
            float[] maps = sample.read(x, start);
            float[] powers = sample.powers(maps);
            for (int i = 0; i < maps.length; i++) {
                maps[i] *= powers[i];
            }
            y.put(start, maps, 0, maps.length);
        });
        return true;
    }

    @Override
    public boolean backward(
            CpuStorage from, CpuStorage y, CpuStorage gradient, ResponseNormalization spec, CpuStorage to) {
        Block x = storages.plain(from);
        Block dy = storages.plain(gradient);
        Block dx = storages.output(to);
        float factor = (float) (2 * spec.alpha() * spec.beta());
        forEachSample(from.shape, spec, (sample, start) -> {
            float[] maps = sample.read(x, start);
            float[] powers = sample.powers(maps);
            float[] scale = sample.scale;
            float[] direct = sample.gradients;
            dy.get(start, direct, 0, direct.length);
            float[] through = sample.products;
            for (int i = 0; i < maps.length; i++) {
                direct[i] *= powers[i];
                through[i] = direct[i] * maps[i] / scale[i];
            }
            sample.sums.of(through, scale);
            for (int i = 0; i < maps.length; i++) {
                direct[i] -= factor * maps[i] * scale[i];
            }
            dx.put(start, direct, 0, direct.length);
        });
        return true;
    }

    /** The arrays in which a thread normalizes one sample after the other. */
    private static final class Sample {
        private final ResponseNormalization spec;
        private final NeighbourSums sums;
        private final float[] maps;
        private final float[] scale;
        private final float[] products;
        private final float[] gradients;

        Sample(Shape shape, ResponseNormalization spec) {
            int count = Math.toIntExact(shape.elements() / shape.dim(0));
            this.spec = spec;
            this.sums = new NeighbourSums(shape, spec);
            this.maps = new float[count];
            this.scale = new float[count];
            this.products = new float[count];
            this.gradients = new float[count];
        }

        float[] read(Block x, long start) {
            x.get(start, maps, 0, maps.length);
            return maps;
        }

        /** {@code s^-beta}; the scale {@code s} is left in its array. */
        float[] powers(float[] x) {
            for (int i = 0; i < x.length; i++) {
                products[i] = x[i] * x[i];
            }
            sums.of(products, scale);
            float k = (float) spec.k();
            float alpha = (float) spec.alpha();
            for (int i = 0; i < x.length; i++) {
                scale[i] = k + alpha * scale[i];
            }
            float[] powers = products;
            if (spec.beta() == 0.75) {
                // Square roots, unlike powers, are vector instructions.
                for (int i = 0; i < x.length; i++) {
                    float root = (float) Math.sqrt(scale[i]);
                    powers[i] = 1 / (root * (float) Math.sqrt(root));
                }
            } else {
                for (int i = 0; i < x.length; i++) {
                    powers[i] = (float) Math.pow(scale[i], -spec.beta());
                }
            }
            return powers;
        }
    }

    private interface Body {
        void run(Sample sample, long start);
    }

    private void forEachSample(Shape shape, ResponseNormalization spec, Body body) {
        team.forEach(shape.dim(0), 1, (first, end) -> {
            Sample sample = new Sample(shape, spec);
            for (long index = first; index < end; index++) {
                body.run(sample, index * sample.maps.length);
            }
        });
    }
}

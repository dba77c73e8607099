package dev.tandem.backend.cpu.elementwise;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.UpdateKernels;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.SgdStep;
import java.util.List;

/** Momentum SGD and Adam, each in one pass over memory, on all of the device's threads. */
public final class CpuUpdates implements UpdateKernels {
    private static final long LEAST_PER_THREAD = 1 << 15;

    private final Workbench bench;
    private final Storages storages;
    private final ThreadTeam team;

    public CpuUpdates(Workbench bench) {
        this.bench = bench;
        this.storages = bench.storages();
        this.team = bench.team();
    }

    @Override
    public void sgd(Tensor w, Tensor v, Tensor g, SgdStep step) {
        bench.submit("sgd", w, v, g, (parameter, velocity, gradient) -> {
            storages.widen(gradient);
            // Parameter and velocity change to the layout of the gradient, once: later gradients have the same.
            storages.align(parameter, gradient);
            storages.align(velocity, gradient);
            storages.makeWritable(parameter);
            storages.makeWritable(velocity);
            update(Storages.elements(gradient), parameter.block, velocity.block, gradient.block, step);
        });
    }

    @Override
    public void adam(Tensor w, Tensor m, Tensor v, Tensor g, AdamStep step) {
        bench.submit("adam", w, m, v, g, (parameter, first, second, gradient) -> {
            storages.widen(gradient);
            for (CpuStorage changed : List.of(parameter, first, second)) {
                storages.align(changed, gradient);
                storages.makeWritable(changed);
            }
            long elements = Storages.elements(gradient);
            update(elements, parameter.block, first.block, second.block, gradient.block, step);
        });
    }

    private void update(long elements, Block w, Block m, Block v, Block g, AdamStep step) {
        team.forEach(elements, LEAST_PER_THREAD, (from, to) -> {
            float[][] pieces = FloatLoops.pieces();
            for (long at = from; at < to; at += FloatLoops.PIECE) {
                int count = (int) Math.min(FloatLoops.PIECE, to - at);
                w.get(at, pieces[0], 0, count);
                m.get(at, pieces[1], 0, count);
                v.get(at, pieces[2], 0, count);
                g.get(at, pieces[3], 0, count);
                update(pieces[0], pieces[1], pieces[2], pieces[3], count, step);
                w.put(at, pieces[0], 0, count);
                m.put(at, pieces[1], 0, count);
                v.put(at, pieces[2], 0, count);
            }
        });
    }

    private static void update(float[] w, float[] m, float[] v, float[] g, int count, AdamStep step) {
        float decay = (float) step.coupledDecay();
        float first = (float) step.beta1();
        float rest1 = (float) (1 - step.beta1());
        float second = (float) step.beta2();
        float rest2 = (float) (1 - step.beta2());
        float kept = (float) step.kept();
        float rate = (float) step.rate();
        float correction = (float) (1 / step.rootCorrection());
        float epsilon = (float) step.epsilon();
        for (int i = 0; i < count; i++) {
            float gradient = g[i] + decay * w[i];
            m[i] = first * m[i] + rest1 * gradient;
            v[i] = second * v[i] + rest2 * gradient * gradient;
            w[i] = kept * w[i] - rate * m[i] / ((float) Math.sqrt(v[i]) * correction + epsilon);
        }
    }

    private void update(long elements, Block w, Block v, Block g, SgdStep step) {
        boolean inVelocity = step.rule() == SgdStep.Rule.LEARNING_RATE_IN_VELOCITY;
        // v = momentum v + decay w + gradient g; w = w + rate v
        float momentum = (float) step.momentum();
        float decay = (float) (inVelocity ? -step.weightDecay() * step.learningRate() : step.weightDecay());
        float gradient = (float) (inVelocity ? -step.learningRate() : 1);
        float rate = (float) (inVelocity ? 1 : -step.learningRate());
        team.forEach(elements, LEAST_PER_THREAD, (from, to) -> {
            float[][] pieces = FloatLoops.pieces();
            float[] ws = pieces[0];
            float[] vs = pieces[1];
            float[] gs = pieces[2];
            for (long at = from; at < to; at += FloatLoops.PIECE) {
                int count = (int) Math.min(FloatLoops.PIECE, to - at);
                w.get(at, ws, 0, count);
                v.get(at, vs, 0, count);
                g.get(at, gs, 0, count);
                update(ws, vs, gs, count, momentum, decay, gradient, rate);
                v.put(at, vs, 0, count);
                w.put(at, ws, 0, count);
            }
        });
    }

    private static void update(
            float[] w, float[] v, float[] g, int count, float momentum, float decay, float gradient, float rate) {
        for (int i = 0; i < count; i++) {
            v[i] = momentum * v[i] + (decay * w[i] + gradient * g[i]);
        }
        for (int i = 0; i < count; i++) {
            w[i] += rate * v[i];
        }
    }
}

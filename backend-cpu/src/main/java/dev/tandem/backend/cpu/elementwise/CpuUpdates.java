package dev.tandem.backend.cpu.elementwise;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.device.ThreadTeam;
import dev.tandem.backend.cpu.loops.FloatLoops;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.UpdateKernels;
import dev.tandem.spi.op.SgdStep;

/** Momentum SGD in one pass over memory, on all of the device's threads. */
public final class CpuUpdates implements UpdateKernels {
    private static final long LEAST = 1 << 15;

    private final ComputeThread thread;
    private final Storages memory;
    private final ThreadTeam team;

    public CpuUpdates(ComputeThread thread, Storages memory, ThreadTeam team) {
        this.thread = thread;
        this.memory = memory;
        this.team = team;
    }

    @Override
    public void sgd(Tensor w, Tensor v, Tensor g, SgdStep step) {
        CpuStorage parameter = CpuStorage.of(w);
        CpuStorage velocity = CpuStorage.of(v);
        CpuStorage gradient = CpuStorage.of(g);
        thread.submit(
                "sgd",
                () -> {
                    memory.widen(gradient);
                    // The gradient comes in the layout that its kernel likes; the others take that once and stay so.
                    memory.align(parameter, gradient);
                    memory.align(velocity, gradient);
                    memory.own(parameter);
                    memory.own(velocity);
                    long elements = Storages.elements(gradient);
                    sgd(elements, parameter.block, velocity.block, gradient.block, step);
                },
                w);
    }

    private void sgd(long elements, Block w, Block v, Block g, SgdStep step) {
        boolean inVelocity = step.rule() == SgdStep.Rule.RATE_IN_VELOCITY;
        // v = momentum v + decay w + gradient g; w = w + rate v
        float momentum = (float) step.momentum();
        float decay = (float) (inVelocity ? -step.decay() * step.rate() : step.decay());
        float gradient = (float) (inVelocity ? -step.rate() : 1);
        float rate = (float) (inVelocity ? 1 : -step.rate());
        team.forEach(elements, LEAST, (from, to) -> {
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

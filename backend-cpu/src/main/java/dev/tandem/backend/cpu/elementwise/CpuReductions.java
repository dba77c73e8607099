package dev.tandem.backend.cpu.elementwise;

import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.loops.Broadcast;
import dev.tandem.backend.cpu.loops.PlainReductions;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ReductionKernels;

/** Sums, softmax and cross-entropy. */
public final class CpuReductions implements ReductionKernels {
    private final ComputeThread thread;
    private final Storages memory;
    private final PlainReductions plain;

    public CpuReductions(ComputeThread thread, Storages memory, PlainReductions plain) {
        this.thread = thread;
        this.memory = memory;
        this.plain = plain;
    }

    @Override
    public void sum(Tensor x, Tensor out) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(out);
        thread.submit(
                "sum",
                () -> plain.sum(
                        new Broadcast(from.shape, to.shape),
                        memory.plain(from),
                        memory.output(to),
                        Math.toIntExact(to.shape.elements())),
                x,
                out);
    }

    @Override
    public void softmax(Tensor x, Tensor y) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(y);
        thread.submit(
                "softmax",
                () -> plain.softmax(from.shape.dim(0), from.shape.dim(1), memory.plain(from), memory.output(to)),
                x,
                y);
    }

    @Override
    public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
        CpuStorage probabilities = CpuStorage.of(y);
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage result = CpuStorage.of(dx);
        thread.submit(
                "softmax backward",
                () -> plain.softmaxBackward(
                        probabilities.shape.dim(0),
                        probabilities.shape.dim(1),
                        memory.plain(probabilities),
                        memory.plain(gradient),
                        memory.output(result)),
                y,
                dy,
                dx);
    }

    @Override
    public void crossEntropy(Tensor logits, Tensor labels, Tensor probabilities, Tensor losses) {
        CpuStorage from = CpuStorage.of(logits);
        CpuStorage classes = CpuStorage.of(labels);
        CpuStorage softmax = CpuStorage.of(probabilities);
        CpuStorage result = CpuStorage.of(losses);
        int rows = from.shape.dim(0);
        thread.submit(
                "cross-entropy",
                () -> plain.crossEntropy(
                        rows,
                        from.shape.dim(1),
                        memory.plain(from),
                        memory.plain(classes).ints(rows),
                        memory.output(softmax),
                        memory.output(result)),
                logits,
                labels);
    }

    @Override
    public void crossEntropyBackward(Tensor probabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
        CpuStorage softmax = CpuStorage.of(probabilities);
        CpuStorage classes = CpuStorage.of(labels);
        CpuStorage gradient = CpuStorage.of(dlosses);
        CpuStorage result = CpuStorage.of(dlogits);
        int rows = softmax.shape.dim(0);
        thread.submit(
                "cross-entropy backward",
                () -> plain.crossEntropyBackward(
                        rows,
                        softmax.shape.dim(1),
                        memory.plain(softmax),
                        memory.plain(classes).ints(rows),
                        memory.plain(gradient),
                        memory.output(result)),
                probabilities,
                labels);
    }
}

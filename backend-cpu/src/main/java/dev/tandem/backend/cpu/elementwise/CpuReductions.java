package dev.tandem.backend.cpu.elementwise;

import dev.tandem.backend.cpu.loops.Broadcast;
import dev.tandem.backend.cpu.loops.PlainReductions;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ReductionKernels;

/** Sums, softmax and cross-entropy. */
public final class CpuReductions implements ReductionKernels {
    private final Workbench bench;
    private final Storages storages;
    private final PlainReductions plain;

    public CpuReductions(Workbench bench) {
        this.bench = bench;
        this.storages = bench.storages();
        this.plain = new PlainReductions(bench.team());
    }

    @Override
    public void sum(Tensor x, Tensor out) {
        bench.submit("sum", x, out, (from, to) -> {
            Broadcast broadcast = new Broadcast(from.shape, to.shape);
            int sums = Math.toIntExact(to.shape.elements());
            plain.sum(broadcast, storages.plain(from), storages.output(to), sums);
        });
    }

    @Override
    public void softmax(Tensor x, Tensor y) {
        bench.submit("softmax", x, y, (from, to) -> {
            plain.softmax(from.shape.dim(0), from.shape.dim(1), storages.plain(from), storages.output(to));
        });
    }

    @Override
    public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
        bench.submit(
                "softmax backward",
                y,
                dy,
                dx,
                (probabilities, gradient, result) -> plain.softmaxBackward(
                        probabilities.shape.dim(0),
                        probabilities.shape.dim(1),
                        storages.plain(probabilities),
                        storages.plain(gradient),
                        storages.output(result)));
    }

    @Override
    public void crossEntropy(Tensor logits, Tensor labels, Tensor probabilities, Tensor losses) {
        bench.submit("cross-entropy", logits, labels, probabilities, losses, (from, classes, softmax, result) -> {
            int rows = from.shape.dim(0);
            plain.crossEntropy(
                    rows,
                    from.shape.dim(1),
                    storages.plain(from),
                    storages.plain(classes).ints(rows),
                    storages.output(softmax),
                    storages.output(result));
        });
    }

    @Override
    public void crossEntropyBackward(Tensor probabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
        bench.submit(
                "cross-entropy backward",
                probabilities,
                labels,
                dlosses,
                dlogits,
                (softmax, classes, gradient, result) -> {
                    int rows = softmax.shape.dim(0);
                    plain.crossEntropyBackward(
                            rows,
                            softmax.shape.dim(1),
                            storages.plain(softmax),
                            storages.plain(classes).ints(rows),
                            storages.plain(gradient),
                            storages.output(result));
                });
    }
}

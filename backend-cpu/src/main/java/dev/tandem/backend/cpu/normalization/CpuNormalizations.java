package dev.tandem.backend.cpu.normalization;

import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.op.ResponseNormalization;

/** Local response normalization: oneDNN where it has code of its own, else plain Java. */
public final class CpuNormalizations implements NormalizationKernels {
    private final ComputeThread thread;
    private final Storages memory;
    private final PlainNormalization plain;
    private final OneDnnNormalization oneDnn;

    /** {@code oneDnn} may be null. */
    public CpuNormalizations(
            ComputeThread thread, Storages memory, PlainNormalization plain, OneDnnNormalization oneDnn) {
        this.thread = thread;
        this.memory = memory;
        this.plain = plain;
        this.oneDnn = oneDnn;
    }

    @Override
    public void responseNormalization(Tensor x, ResponseNormalization spec, Tensor y) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(y);
        thread.submit(
                "response normalization",
                () -> {
                    if (oneDnn == null || !oneDnn.forward(from, spec, to)) {
                        plain.forward(from.shape, spec, memory.plain(from), memory.output(to));
                    }
                },
                x,
                y);
    }

    @Override
    public void responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, Tensor dx) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(y);
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage result = CpuStorage.of(dx);
        thread.submit(
                "response normalization backward",
                () -> {
                    if (oneDnn == null || !oneDnn.backward(from, to, gradient, spec, result)) {
                        plain.backward(
                                from.shape, spec, memory.plain(from), memory.plain(gradient), memory.output(result));
                    }
                },
                x,
                dy);
    }
}

package dev.tandem.backend.cpu.pooling;

import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.op.Window;

/** Pooling: oneDNN where it has code of its own, else plain Java. */
public final class CpuPooling implements PoolingKernels {
    private final ComputeThread thread;
    private final Storages memory;
    private final PlainPooling plain;
    private final OneDnnPooling oneDnn;

    /** {@code oneDnn} may be null. */
    public CpuPooling(ComputeThread thread, Storages memory, PlainPooling plain, OneDnnPooling oneDnn) {
        this.thread = thread;
        this.memory = memory;
        this.plain = plain;
        this.oneDnn = oneDnn;
    }

    @Override
    public void max(Tensor x, Window window, Tensor y) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(y);
        thread.submit(
                "max pooling",
                () -> {
                    if (oneDnn == null || !oneDnn.max(from, window, to)) {
                        plain.max(from.shape, window, memory.plain(from), memory.output(to));
                    }
                },
                x,
                y);
    }

    @Override
    public void maxBackward(Tensor x, Tensor y, Tensor dy, Window window, Tensor dx) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(y);
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage result = CpuStorage.of(dx);
        thread.submit(
                "max pooling backward",
                () -> {
                    if (oneDnn == null || !oneDnn.maxBackward(from, to, gradient, window, result)) {
                        plain.maxBackward(
                                from.shape, window, memory.plain(from), memory.plain(gradient), memory.output(result));
                    }
                },
                x,
                y);
    }

    @Override
    public void average(Tensor x, Window window, Tensor y) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(y);
        thread.submit(
                "average pooling",
                () -> {
                    if (oneDnn == null || !oneDnn.average(from, window, to)) {
                        plain.average(from.shape, window, memory.plain(from), memory.output(to));
                    }
                },
                x,
                y);
    }

    @Override
    public void averageBackward(Tensor dy, Window window, Tensor dx) {
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage result = CpuStorage.of(dx);
        thread.submit(
                "average pooling backward",
                () -> {
                    if (oneDnn == null || !oneDnn.averageBackward(gradient, window, result)) {
                        plain.averageBackward(result.shape, window, memory.plain(gradient), memory.output(result));
                    }
                },
                dy,
                dx);
    }
}

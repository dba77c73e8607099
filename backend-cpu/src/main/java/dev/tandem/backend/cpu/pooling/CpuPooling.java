package dev.tandem.backend.cpu.pooling;

import dev.tandem.backend.cpu.workbench.Implementations;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.op.Window;

/** Pooling: by oneDNN if it has optimized code for the layout, otherwise by plain Java loops. */
public final class CpuPooling implements PoolingKernels {
    private final Workbench bench;
    private final Implementations<PoolingImplementation> pooling;

    public CpuPooling(Workbench bench) {
        this.bench = bench;
        this.pooling = bench.implementations(new PlainPooling(bench), OneDnnPooling::new);
    }

    @Override
    public void max(Tensor x, Window window, Tensor y) {
        bench.submit("max pooling", x, y, (xs, ys) -> pooling.first(by -> by.max(xs, window, ys)));
    }

    @Override
    public void maxBackward(Tensor x, Tensor y, Tensor dy, Window window, Tensor dx) {
        bench.submit("max pooling backward", x, y, dy, dx, (xs, ys, dys, dxs) -> {
            pooling.first(by -> by.maxBackward(xs, ys, dys, window, dxs));
        });
    }

    @Override
    public void average(Tensor x, Window window, Tensor y) {
        bench.submit("average pooling", x, y, (xs, ys) -> pooling.first(by -> by.average(xs, window, ys)));
    }

    @Override
    public void averageBackward(Tensor dy, Window window, Tensor dx) {
        bench.submit("average pooling backward", dy, dx, (dys, dxs) -> {
            pooling.first(by -> by.averageBackward(dys, window, dxs));
        });
    }
}

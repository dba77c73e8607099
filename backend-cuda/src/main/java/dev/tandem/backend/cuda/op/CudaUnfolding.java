package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Window;

/** Windows as columns, and back. */
final class CudaUnfolding {
    private final Kernel unfold;
    private final Kernel fold;

    CudaUnfolding(Gpu gpu) {
        unfold = gpu.kernels().get("unfold");
        fold = gpu.kernels().get("fold");
    }

    /** {@link dev.tandem.spi.kernel.ConvolutionKernels#unfold}. */
    void unfold(Tensor x, Window window, Tensor y) {
        move(unfold, "unfold", x, y, x, y, window);
    }

    /** {@link dev.tandem.spi.kernel.ConvolutionKernels#fold}. */
    void fold(Tensor dy, Window window, Tensor dx) {
        move(fold, "fold", dy, dx, dx, dy, window);
    }

    private static void move(
            Kernel kernel, String operation, Tensor from, Tensor to, Tensor maps, Tensor columns, Window window) {
        int count = CudaPooling.count(operation, from.shape(), to.shape());
        kernel.with()
                .input(from)
                .output(to, Format.of(from))
                .struct(CudaPooling.geometry(maps.shape(), columns.shape(), window))
                .struct(new Packed().divisors(window.height() * window.width()))
                .integer(count)
                .overElements(count, operation, from, to);
    }
}

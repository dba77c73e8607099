package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Cudnn;
import dev.tandem.backend.cuda.gpu.CudnnConvolution;
import dev.tandem.backend.cuda.gpu.CudnnConvolution.Key;
import dev.tandem.backend.cuda.gpu.CudnnPass;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.backend.cuda.gpu.Launcher;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;

/**
 * Convolution and its gradients by cuDNN, followed by one pass for bias and activation. cuDNN pads both sides of an
 * axis alike. For other padding, the input is copied with its padding, and its gradient is cut out of the padded
 * input's.
 */
public final class CudnnConvolutions implements ConvolutionKernels {
    private static final String FORWARD = "convolution";
    private static final String DATA = "convolution backward data";
    private static final String WEIGHTS = "convolution backward weights";

    private final Gpu gpu;
    private final Launcher launcher;
    private final Cudnn cudnn;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;
    private final CudaUnfolding unfolding;
    private final Kernel moveMaps;

    public CudnnConvolutions(Gpu gpu, Cudnn cudnn, CudaElementwise elementwise, CudaReductions reductions) {
        this.gpu = gpu;
        launcher = gpu.launcher();
        this.cudnn = cudnn;
        this.elementwise = elementwise;
        this.reductions = reductions;
        unfolding = new CudaUnfolding(gpu);
        moveMaps = gpu.kernels().get("move_maps");
    }

    @Override
    public void unfold(Tensor x, Window window, Tensor y) {
        unfolding.unfold(x, window, y);
    }

    @Override
    public void fold(Tensor dy, Window window, Tensor dx) {
        unfolding.fold(dy, window, dx);
    }

    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        try (Arena.Temporary padded = padded(FORWARD, x, spec.window())) {
            run(FORWARD, CudnnPass.FORWARD, x, padded, w, y, spec);
        }
        elementwise.biasAndActivation(FORWARD, bias, f, y);
    }

    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        Window window = spec.window();
        if (isSymmetric(window)) {
            run(DATA, CudnnPass.DATA, dx, null, w, dy, spec);
            return;
        }
        Shape whole = withPadding(dx.shape(), window);
        try (Arena.Temporary padded = allocate(DATA, whole)) {
            run(DATA, CudnnPass.DATA, dx, padded, w, dy, spec);
            long from = padded.address();
            move(DATA, from, whole, CudaStorage.address(dx), dx.shape(), -window.padTop(), -window.padLeft());
        }
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        try (Arena.Temporary padded = padded(WEIGHTS, x, spec.window())) {
            run(WEIGHTS, CudnnPass.WEIGHTS, x, padded, dw, dy, spec);
        }
        if (dbias != null) {
            reductions.sumChannels(WEIGHTS, dy, dbias);
        }
    }

    /**
     * One pass.
     *
     * @param padded the padded input, or memory for its gradient; null if cuDNN pads {@code x}
     */
    private void run(
            String operation,
            CudnnPass pass,
            Tensor x,
            Arena.Temporary padded,
            Tensor w,
            Tensor y,
            ConvolutionSpec spec) {
        Window window = spec.window();
        boolean symmetric = padded == null;
        Key key = new Key(
                pass,
                symmetric ? x.shape() : withPadding(x.shape(), window),
                w.shape(),
                y.shape(),
                spec.groups(),
                window.strideY(),
                window.strideX(),
                symmetric ? window.padTop() : 0,
                symmetric ? window.padLeft() : 0);
        CudnnConvolution known = cudnn.prepared(key);
        CudnnConvolution convolution =
                known != null ? known : gpu.thread().call(operation, () -> cudnn.prepare(key), x, w, y);
        long bytes = convolution.workspaceBytes();
        long atX = symmetric ? CudaStorage.address(x) : padded.address();
        long atW = CudaStorage.address(w);
        long atY = CudaStorage.address(y);
        try (Arena.Temporary workspace =
                bytes == 0 ? null : gpu.arena().temporary(bytes, "cuDNN's work on " + operation)) {
            long space = workspace == null ? 0 : workspace.address();
            launcher.submit(
                    operation,
                    () -> {
                        convolution.run(atX, atW, atY, space);
                        launcher.servedBy(convolution.algorithmName());
                    },
                    x,
                    w,
                    y);
        }
    }

    /** A copy of {@code x} with its padding, or null if cuDNN can pad it. */
    private Arena.Temporary padded(String operation, Tensor x, Window window) {
        if (isSymmetric(window)) {
            return null;
        }
        Shape whole = withPadding(x.shape(), window);
        Arena.Temporary padded = allocate(operation, whole);
        try {
            long to = padded.address();
            move(operation, CudaStorage.address(x), x.shape(), to, whole, window.padTop(), window.padLeft());
        } catch (RuntimeException e) {
            padded.close();
            throw e;
        }
        return padded;
    }

    private void move(String operation, long from, Shape fromShape, long to, Shape toShape, int down, int right) {
        int count = Geometry.index(operation, toShape.elements());
        moveMaps.with()
                .wide(from)
                .wide(to)
                .integer(fromShape.dim(2))
                .integer(fromShape.dim(3))
                .struct(new Packed().divisors(toShape.dim(2) * toShape.dim(3)))
                .struct(new Packed().divisors(toShape.dim(3)))
                .integer(down)
                .integer(right)
                .integer(count)
                .overElements(count, operation);
    }

    private Arena.Temporary allocate(String operation, Shape whole) {
        return gpu.arena().temporary(whole.elements() * Float.BYTES, "the padded maps of " + operation + ", " + whole);
    }

    private static boolean isSymmetric(Window window) {
        return window.padTop() == window.padBottom() && window.padLeft() == window.padRight();
    }

    private static Shape withPadding(Shape x, Window window) {
        return Shape.of(
                x.dim(0),
                x.dim(1),
                x.dim(2) + window.padTop() + window.padBottom(),
                x.dim(3) + window.padLeft() + window.padRight());
    }
}

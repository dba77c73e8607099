package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.CudnnConvolution;
import dev.tandem.backend.cuda.gpu.CudnnConvolution.Key;
import dev.tandem.backend.cuda.gpu.CudnnConvolution.Pass;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;

/**
 * Convolution and its gradients by cuDNN, with bias and activation in one pass after it. Where the padding differs from
 * side to side, which cuDNN does not know, the input is copied with its padding, or its gradient cut out of the padded
 * input's.
 */
public final class CudnnConvolutions implements ConvolutionKernels {
    private static final String FORWARD = "convolution";
    private static final String DATA = "convolution backward data";
    private static final String WEIGHTS = "convolution backward weights";

    private final Gpu gpu;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;
    private final Kernel moveMaps;

    public CudnnConvolutions(Gpu gpu, CudaElementwise elementwise, CudaReductions reductions) {
        this.gpu = gpu;
        this.elementwise = elementwise;
        this.reductions = reductions;
        moveMaps = gpu.kernel("move_maps");
    }

    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        try (Arena.Temporary padded = padded(FORWARD, x, spec.window())) {
            run(FORWARD, Pass.FORWARD, x, padded, w, y, spec);
        }
        elementwise.biasAndActivation(FORWARD, bias, f, y);
    }

    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        Window window = spec.window();
        if (isSymmetric(window)) {
            run(DATA, Pass.DATA, dx, null, w, dy, spec);
            return;
        }
        Shape whole = withPadding(dx.shape(), window);
        try (Arena.Temporary padded = allocate(DATA, whole)) {
            run(DATA, Pass.DATA, dx, padded, w, dy, spec);
            long from = padded.block().address;
            move(DATA, from, whole, CudaStorage.address(dx), dx.shape(), -window.padTop(), -window.padLeft());
        }
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        try (Arena.Temporary padded = padded(WEIGHTS, x, spec.window())) {
            run(WEIGHTS, Pass.WEIGHTS, x, padded, dw, dy, spec);
        }
        if (dbias != null) {
            reductions.sumChannels(WEIGHTS, dy, dbias);
        }
    }

    /** One pass; {@code padded} holds the input, or gets its gradient, with its padding; null where it has none of ours. */
    private void run(
            String operation, Pass pass, Tensor x, Arena.Temporary padded, Tensor w, Tensor y, ConvolutionSpec spec) {
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
        CudnnConvolution known = gpu.cudnn().prepared(key);
        CudnnConvolution convolution = known != null
                ? known
                : gpu.thread().call(operation, () -> gpu.cudnn().prepare(key), x, w, y);
        long bytes = convolution.workspaceBytes();
        long atX = symmetric ? CudaStorage.address(x) : padded.block().address;
        long atW = CudaStorage.address(w);
        long atY = CudaStorage.address(y);
        try (Arena.Temporary workspace =
                bytes == 0 ? null : gpu.arena().temporary(bytes, "cuDNN's work on " + operation)) {
            long space = workspace == null ? 0 : workspace.block().address;
            gpu.submit(
                    operation,
                    () -> {
                        convolution.run(atX, atW, atY, space);
                        gpu.profile().servedBy(convolution.algorithmName());
                    },
                    x,
                    w,
                    y);
        }
    }

    /** A copy of {@code x} with its padding, or null where cuDNN knows it without. */
    private Arena.Temporary padded(String operation, Tensor x, Window window) {
        if (isSymmetric(window)) {
            return null;
        }
        Shape whole = withPadding(x.shape(), window);
        Arena.Temporary padded = allocate(operation, whole);
        try {
            long to = padded.block().address;
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

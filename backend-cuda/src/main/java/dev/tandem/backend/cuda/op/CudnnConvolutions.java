package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.CudnnConvolution;
import dev.tandem.backend.cuda.gpu.CudnnConvolution.Key;
import dev.tandem.backend.cuda.gpu.CudnnPass;
import dev.tandem.backend.cuda.gpu.CudnnSearch;
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
import java.util.Optional;

/**
 * Convolution and its gradients by cuDNN, followed by one pass for bias and activation: cuDNN's own ReLU makes 0 of NaN,
 * which would hide that a run has diverged. Our kernels compute what cuDNN has no algorithm for.
 *
 * <p>cuDNN pads both sides of an axis alike. For other padding, the input is copied with its padding, and its gradient
 * is cut out of the padded input's.
 */
public final class CudnnConvolutions implements ConvolutionKernels {
    private static final String FORWARD = "convolution";
    private static final String DATA = "convolution backward data";
    private static final String WEIGHTS = "convolution backward weights";

    private final Gpu gpu;
    private final Launcher launcher;
    private final CudnnSearch cudnn;
    private final CudaConvolutions own;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;
    private final Kernel moveMaps;

    public CudnnConvolutions(Gpu gpu, CudnnSearch cudnn, CudaElementwise elementwise, CudaReductions reductions) {
        this.gpu = gpu;
        launcher = gpu.launcher();
        this.cudnn = cudnn;
        this.elementwise = elementwise;
        this.reductions = reductions;
        own = new CudaConvolutions(gpu, elementwise, reductions);
        moveMaps = gpu.kernels().get("move_maps");
    }

    @Override
    public void unfold(Tensor x, Window window, Tensor y) {
        own.unfold(x, window, y);
    }

    @Override
    public void fold(Tensor dy, Window window, Tensor dx) {
        own.fold(dy, window, dx);
    }

    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        Key key = key(CudnnPass.FORWARD, x, w, y, spec);
        if (run(FORWARD, key, x, w, y, spec)) {
            elementwise.biasAndActivation(FORWARD, bias, f, y);
        } else {
            own.forward(x, w, bias, spec, f, y);
        }
    }

    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        Key key = key(CudnnPass.DATA, dx, w, dy, spec);
        if (!run(DATA, key, dx, w, dy, spec)) {
            own.backwardData(dy, w, spec, dx);
        }
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        Key key = key(CudnnPass.WEIGHTS, x, dw, dy, spec);
        if (!run(WEIGHTS, key, x, dw, dy, spec)) {
            own.backwardWeights(x, dy, spec, dw, dbias);
        } else if (dbias != null) {
            reductions.sumChannels(WEIGHTS, dy, dbias);
        }
    }

    private static Key key(CudnnPass pass, Tensor x, Tensor w, Tensor y, ConvolutionSpec spec) {
        Window window = spec.window();
        boolean symmetric = isSymmetric(window);
        return new Key(
                pass,
                symmetric ? x.shape() : withPadding(x.shape(), window),
                w.shape(),
                y.shape(),
                spec.groups(),
                window.strideY(),
                window.strideX(),
                symmetric ? window.padTop() : 0,
                symmetric ? window.padLeft() : 0);
    }

    /** Runs one pass; false if cuDNN cannot. */
    private boolean run(String operation, Key key, Tensor x, Tensor w, Tensor y, ConvolutionSpec spec) {
        if (cudnn.isInVain(key)) {
            return false;
        }
        if (isSymmetric(spec.window())) {
            return run(operation, key, CudaStorage.address(x), x, w, y);
        }
        Window window = spec.window();
        Shape whole = key.x();
        try (Arena.Temporary padded = allocate(operation, whole)) {
            long at = padded.address();
            long plain = CudaStorage.address(x);
            boolean backward = key.pass() == CudnnPass.DATA;
            if (!backward) {
                move(operation, plain, x.shape(), at, whole, window.padTop(), window.padLeft());
            }
            if (!run(operation, key, at, x, w, y)) {
                return false;
            }
            if (backward) {
                move(operation, at, whole, plain, x.shape(), -window.padTop(), -window.padLeft());
            }
            return true;
        }
    }

    private boolean run(String operation, Key key, long atX, Tensor x, Tensor w, Tensor y) {
        CudnnConvolution.Operands operands =
                new CudnnConvolution.Operands(atX, CudaStorage.address(w), CudaStorage.address(y), x, w, y);
        Optional<CudnnConvolution> found = cudnn.find(operation, key, operands);
        if (found.isEmpty()) {
            return false;
        }
        CudnnConvolution convolution = found.get();
        try (Arena.Temporary workspace = cudnn.workspace(operation, convolution.workspaceBytes())) {
            long space = workspace == null ? 0 : workspace.address();
            launcher.submit(
                    operation,
                    () -> {
                        convolution.run(operands, space);
                        launcher.servedBy(convolution.algorithmName());
                    },
                    operands.tensors());
        }
        return true;
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

package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.Conversions;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.CudnnConvolution;
import dev.tandem.backend.cuda.gpu.CudnnConvolution.Key;
import dev.tandem.backend.cuda.gpu.CudnnPass;
import dev.tandem.backend.cuda.gpu.CudnnSearch;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
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
    public void locallyConnected(Tensor x, Tensor w, Tensor bias, Window window, UnaryFunction f, Tensor y) {
        own.locallyConnected(x, w, bias, window, f, y);
    }

    @Override
    public void locallyConnectedBackwardData(Tensor dy, Tensor w, Window window, Tensor dx) {
        own.locallyConnectedBackwardData(dy, w, window, dx);
    }

    @Override
    public void locallyConnectedBackwardWeights(Tensor x, Tensor dy, Window window, Tensor dw, Tensor dbias) {
        own.locallyConnectedBackwardWeights(x, dy, window, dw, dbias);
    }

    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        Key key = key(CudnnPass.FORWARD, x, w, y, spec);
        CudaStorage.of(y).overwrite(gpu.activations());
        if (!cudnn.isInVain(key)
                && run(
                        FORWARD,
                        key,
                        operand(FORWARD, x),
                        operand(FORWARD, w),
                        Elements.of(y),
                        spec.window(),
                        x,
                        w,
                        y)) {
            elementwise.biasAndActivation(FORWARD, bias, f, y);
        } else {
            own.forward(x, w, bias, spec, f, y);
        }
    }

    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        Key key = key(CudnnPass.DATA, dx, w, dy, spec);
        CudaStorage.of(dx).overwrite(gpu.activations());
        if (cudnn.isInVain(key)
                || !run(DATA, key, Elements.of(dx), operand(DATA, w), operand(DATA, dy), spec.window(), dy, w, dx)) {
            own.backwardData(dy, w, spec, dx);
        }
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        Key key = key(CudnnPass.WEIGHTS, x, dw, dy, spec);
        CudaStorage.of(dw).overwrite(Format.F32);
        if (cudnn.isInVain(key) || !runWeights(key, x, dw, dy, spec.window())) {
            own.backwardWeights(x, dy, spec, dw, dbias);
        } else if (dbias != null) {
            reductions.sumChannels(WEIGHTS, dy, dbias);
        }
    }

    /** In bfloat16, cuDNN gives the weights' gradient in the format of its operands: its sums are rounded once. */
    private boolean runWeights(Key key, Tensor x, Tensor dw, Tensor dy, Window window) {
        Elements left = operand(WEIGHTS, x);
        Elements right = operand(WEIGHTS, dy);
        Elements to = Elements.of(dw);
        if (key.format() == Format.F32) {
            return run(WEIGHTS, key, left, to, right, window, x, dy, dw);
        }
        Conversions conversions = gpu.conversions().orElseThrow();
        try (Conversions.Temporary narrow = conversions.temporary(WEIGHTS, Format.BF16, to.count())) {
            boolean done = run(WEIGHTS, key, left, narrow.elements(), right, window, x, dy, dw);
            if (done) {
                conversions.copy(WEIGHTS, narrow.elements(), to);
            }
            return done;
        }
    }

    private Elements operand(String operation, Tensor tensor) {
        return gpu.operand(operation, tensor);
    }

    private Key key(CudnnPass pass, Tensor x, Tensor w, Tensor y, ConvolutionSpec spec) {
        Window window = spec.window();
        boolean symmetric = isSymmetric(window);
        return new Key(
                pass,
                gpu.activations(),
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
    private boolean run(
            String operation, Key key, Elements x, Elements w, Elements y, Window window, Tensor... tensors) {
        if (isSymmetric(window)) {
            return runPadded(operation, key, x, w, y, tensors);
        }
        Shape whole = key.x();
        Shape plain = withoutPadding(whole, window);
        try (Arena.Temporary memory = gpu.arena()
                .temporary(whole.elements() * Float.BYTES, "the padded maps of " + operation + ", " + whole)) {
            Elements padded = new Elements(memory.address(), key.format(), whole.elements());
            boolean backward = key.pass() == CudnnPass.DATA;
            if (!backward) {
                move(operation, x, plain, padded, whole, window.padTop(), window.padLeft());
            }
            if (!runPadded(operation, key, padded, w, y, tensors)) {
                return false;
            }
            if (backward) {
                move(operation, padded, whole, x, plain, -window.padTop(), -window.padLeft());
            }
            return true;
        }
    }

    private boolean runPadded(String operation, Key key, Elements x, Elements w, Elements y, Tensor... tensors) {
        CudnnConvolution.Operands operands =
                new CudnnConvolution.Operands(x.address(), w.address(), y.address(), tensors);
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

    private void move(
            String operation, Elements from, Shape fromShape, Elements to, Shape toShape, int down, int right) {
        int count = Geometry.index(operation, toShape.elements());
        moveMaps.with()
                .input(from)
                .output(to)
                .integer(fromShape.dim(2))
                .integer(fromShape.dim(3))
                .struct(new Packed().divisors(toShape.dim(2) * toShape.dim(3)))
                .struct(new Packed().divisors(toShape.dim(3)))
                .integer(down)
                .integer(right)
                .integer(count)
                .overElements(count, operation);
    }

    private static boolean isSymmetric(Window window) {
        return window.padTop() == window.padBottom() && window.padLeft() == window.padRight();
    }

    private static Shape withoutPadding(Shape x, Window window) {
        return Shape.of(
                x.dim(0),
                x.dim(1),
                x.dim(2) - window.padTop() - window.padBottom(),
                x.dim(3) - window.padLeft() - window.padRight());
    }

    private static Shape withPadding(Shape x, Window window) {
        return Shape.of(
                x.dim(0),
                x.dim(1),
                x.dim(2) + window.padTop() + window.padBottom(),
                x.dim(3) + window.padLeft() + window.padRight());
    }
}

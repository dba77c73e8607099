package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.backend.cuda.gpu.Tiling;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.EnumMap;
import java.util.Map;

/** Convolution and its gradients as implicit matrix products, with bias and ReLU in the same pass. */
public final class CudaConvolutions implements ConvolutionKernels {
    private static final String FORWARD = "convolution";
    private static final String DATA = "convolution backward data";
    private static final String WEIGHTS = "convolution backward weights";

    private final Gpu gpu;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;
    private final CudaUnfolding unfolding;
    private final CudaLocal local;
    private final Map<Tiling, Kernel> forward = new EnumMap<>(Tiling.class);
    private final Map<Tiling, Kernel> data = new EnumMap<>(Tiling.class);
    private final Map<Tiling, Kernel> weights = new EnumMap<>(Tiling.class);
    private final Kernel turnWeights;

    public CudaConvolutions(Gpu gpu, CudaElementwise elementwise, CudaReductions reductions) {
        this.gpu = gpu;
        this.elementwise = elementwise;
        this.reductions = reductions;
        unfolding = new CudaUnfolding(gpu);
        local = new CudaLocal(gpu, elementwise, reductions);
        turnWeights = gpu.kernels().get("turn_weights");
        for (Tiling tiling : Tiling.values()) {
            forward.put(tiling, gpu.kernels().product("convolution_forward", tiling));
            data.put(tiling, gpu.kernels().product("convolution_data", tiling));
            weights.put(tiling, gpu.kernels().product("convolution_weights", tiling));
        }
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
    public void locallyConnected(Tensor x, Tensor w, Tensor bias, Window window, UnaryFunction f, Tensor y) {
        local.forward(x, w, bias, window, f, y);
    }

    @Override
    public void locallyConnectedBackwardData(Tensor dy, Tensor w, Window window, Tensor dx) {
        local.backwardData(dy, w, window, dx);
    }

    @Override
    public void locallyConnectedBackwardWeights(Tensor x, Tensor dy, Window window, Tensor dw, Tensor dbias) {
        local.backwardWeights(x, dy, window, dw, dbias);
    }

    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        int rows = y.shape().dim(1) / spec.groups();
        int columns = columns(FORWARD, y.shape());
        Tiling tiling = tiling(rows, columns, spec, 1);
        boolean relu = f == UnaryFunction.RELU;
        Elements kernels = gpu.operand(FORWARD, w);
        forward.get(tiling)
                .with()
                .input(gpu.operand(FORWARD, x))
                .input(kernels)
                .exactInput(bias)
                .output(y, gpu.activations())
                .struct(geometry(x.shape(), y.shape(), spec.window(), spec.groups()))
                .integer(relu ? 1 : 0)
                .integer(inFours(w.shape(), kernels))
                .overBlocks(tiling.across(columns), tiling.across(rows), spec.groups(), FORWARD, x, w, y);
        if (!relu && f != UnaryFunction.IDENTITY) {
            elementwise.unary(f, y, y);
        }
    }

    /** This is a convolution of {@code dy} with the weights turned by half a turn. */
    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        int rows = dx.shape().dim(1) / spec.groups();
        int columns = columns(DATA, dx.shape());
        Tiling tiling = tiling(rows, columns, spec, 1);
        Packed geometry = geometry(dy.shape(), dx.shape(), turned(spec.window()), spec.groups());
        Shape turnedShape = Shape.of(
                dx.shape().dim(1),
                w.shape().dim(0) / spec.groups(),
                w.shape().dim(2),
                w.shape().dim(3));
        try (Arena.Temporary memory =
                gpu.arena().temporary(turnedShape.elements() * Float.BYTES, "turned weights " + turnedShape)) {
            Elements turned = new Elements(memory.address(), gpu.activations(), turnedShape.elements());
            turnWeights(w, spec, turned);
            boolean strides = spec.window().strideY() > 1 || spec.window().strideX() > 1;
            Kernel.Launch launch = (strides ? data : forward)
                    .get(tiling)
                    .with()
                    .input(gpu.operand(DATA, dy))
                    .input(turned);
            if (strides) {
                launch.output(dx, gpu.activations()).struct(geometry);
            } else {
                // Without bias and ReLU.
                launch.wide(0).output(dx, gpu.activations()).struct(geometry).integer(0);
            }
            launch.integer(inFours(turnedShape, turned))
                    .overBlocks(tiling.across(columns), tiling.across(rows), spec.groups(), DATA, dy, w, dx);
        }
    }

    private void turnWeights(Tensor w, ConvolutionSpec spec, Elements to) {
        Window window = spec.window();
        int count = Geometry.index(DATA, w.shape().elements());
        turnWeights
                .with()
                .exactInput(w)
                .output(to)
                .struct(new Packed().divisors(w.shape().dim(1)))
                .struct(new Packed().divisors(w.shape().dim(0) / spec.groups()))
                .struct(new Packed().divisors(window.height() * window.width()))
                .integer(count)
                .overElements(count, DATA, w);
    }

    /** The window of the convolution that takes the output's gradient to the input's; its strides are the spread's. */
    private static Window turned(Window window) {
        return new Window(
                window.height(),
                window.width(),
                window.strideY(),
                window.strideX(),
                window.height() - 1 - window.padTop(),
                window.width() - 1 - window.padLeft(),
                window.height() - 1 - window.padBottom(),
                window.width() - 1 - window.padRight());
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        int elements = Geometry.index(WEIGHTS, dw.shape().elements());
        int rows = dw.shape().dim(0) / spec.groups();
        int columns = elements / dw.shape().dim(0);
        int depth = columns(WEIGHTS, dy.shape());
        Tiling tiling = tiling(rows, columns, spec, Tiling.mostParts(depth));
        int chunk = tiling.chunk(
                rows, columns, spec.groups(), depth, gpu.properties().multiprocessors());
        int parts = (depth + chunk - 1) / chunk;
        CudaStorage.of(dw).overwrite(Format.F32);
        Elements to = Elements.of(dw);
        try (Arena.Temporary partial = parts == 1
                ? null
                : gpu.arena().temporary((long) parts * elements * Float.BYTES, parts + " parts of " + dw.shape())) {
            weights.get(tiling)
                    .with()
                    .input(gpu.operand(WEIGHTS, x))
                    .input(gpu.operand(WEIGHTS, dy))
                    .wide(partial == null ? to.address() : partial.address())
                    .struct(geometry(x.shape(), dy.shape(), spec.window(), spec.groups()))
                    .integer(spec.groups())
                    .integer(chunk)
                    .overBlocks(tiling.across(columns), tiling.across(rows), spec.groups() * parts, WEIGHTS, x, dy, dw);
            if (partial != null) {
                Elements sums = Elements.exact(partial.address(), (long) parts * elements);
                reductions.sumOne(WEIGHTS, sums, 1, parts, elements, to, dw);
            }
        }
        if (dbias != null) {
            reductions.sumChannels(WEIGHTS, dy, dbias);
        }
    }

    private Tiling tiling(int rows, int columns, ConvolutionSpec spec, int parts) {
        return Tiling.of(rows, columns, spec.groups(), parts, gpu.properties().multiprocessors());
    }

    /** 1 if the weights of each output begin at an address that a kernel can load four elements from at once, else 0. */
    private static int inFours(Shape shape, Elements weights) {
        return shape.elements() / shape.dim(0) % 4 == 0 && weights.beginWithFour() ? 1 : 0;
    }

    /** The elements of a channel in all samples, after a check that kernels can divide every index of the tensor. */
    private static int columns(String operation, Shape maps) {
        return Geometry.index(operation, maps.elements()) / maps.dim(1);
    }

    /** The kernels' {@code Convolution}. */
    private static Packed geometry(Shape x, Shape y, Window window, int groups) {
        Geometry.index(FORWARD, Math.max(x.elements(), y.elements()));
        return new Packed()
                .integers(x.dims())
                .integers(y.dim(1), x.dim(1) / groups, y.dim(1) / groups)
                .integers(window.padTop(), window.padLeft())
                .divisors(window.strideY(), window.strideX())
                .divisors(window.height() * window.width(), window.width())
                .divisors(y.dim(2) * y.dim(3), y.dim(3));
    }
}

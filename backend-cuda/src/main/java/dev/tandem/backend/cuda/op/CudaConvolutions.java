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

    // A part of the depth shorter than this is not worth a block of its own.
    private static final int LEAST_CHUNK = 256;
    // The tiles' depths divide it, so that no part ends inside a step.
    private static final int CHUNK_UNIT = 16;
    // The largest grid along z.
    private static final int MOST_BLOCKS_DEEP = 65535;

    private final Gpu gpu;
    private final CudaElementwise elementwise;
    private final CudaReductions reductions;
    private final CudaUnfolding unfolding;
    private final Map<Tiling, Kernel> forward = new EnumMap<>(Tiling.class);
    private final Map<Tiling, Kernel> data = new EnumMap<>(Tiling.class);
    private final Map<Tiling, Kernel> weights = new EnumMap<>(Tiling.class);

    public CudaConvolutions(Gpu gpu, CudaElementwise elementwise, CudaReductions reductions) {
        this.gpu = gpu;
        this.elementwise = elementwise;
        this.reductions = reductions;
        unfolding = new CudaUnfolding(gpu);
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
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        int rows = y.shape().dim(1) / spec.groups();
        int columns = columns(FORWARD, y.shape());
        Tiling tiling = tiling(rows, columns, spec);
        boolean relu = f == UnaryFunction.RELU;
        forward.get(tiling)
                .with()
                .input(x)
                .input(w)
                .exactInput(bias)
                .output(y, gpu.activations())
                .struct(geometry(x.shape(), y.shape(), spec))
                .integer(relu ? 1 : 0)
                .overBlocks(tiling.across(columns), tiling.across(rows), spec.groups(), FORWARD, x, w, y);
        if (!relu && f != UnaryFunction.IDENTITY) {
            elementwise.unary(f, y, y);
        }
    }

    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        int rows = dx.shape().dim(1) / spec.groups();
        int columns = columns(DATA, dx.shape());
        Tiling tiling = tiling(rows, columns, spec);
        data.get(tiling)
                .with()
                .input(dy)
                .input(w)
                .output(dx, gpu.activations())
                .struct(geometry(dx.shape(), dy.shape(), spec))
                .overBlocks(tiling.across(columns), tiling.across(rows), spec.groups(), DATA, dy, w, dx);
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        int elements = Geometry.index(WEIGHTS, dw.shape().elements());
        int rows = dw.shape().dim(0) / spec.groups();
        int columns = elements / dw.shape().dim(0);
        int depth = columns(WEIGHTS, dy.shape());
        Tiling tiling = tiling(rows, columns, spec);
        int blocks = tiling.across(rows) * tiling.across(columns) * spec.groups();
        int chunk = chunk(depth, blocks, spec.groups());
        int parts = (depth + chunk - 1) / chunk;
        CudaStorage.of(dw).overwrite(Format.F32);
        Elements to = Elements.of(dw);
        try (Arena.Temporary partial = parts == 1
                ? null
                : gpu.arena().temporary((long) parts * elements * Float.BYTES, parts + " parts of " + dw.shape())) {
            weights.get(tiling)
                    .with()
                    .input(x)
                    .input(dy)
                    .wide(partial == null ? to.address() : partial.address())
                    .struct(geometry(x.shape(), dy.shape(), spec))
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

    /** How much of the depth a block takes: so much that each multiprocessor has two blocks, if the depth allows it. */
    private int chunk(int depth, int blocks, int groups) {
        int wanted = (2 * gpu.properties().multiprocessors() + blocks - 1) / blocks;
        int parts = Math.max(1, Math.min(Math.min(wanted, depth / LEAST_CHUNK), MOST_BLOCKS_DEEP / groups));
        int chunk = (depth + parts - 1) / parts;
        return (chunk + CHUNK_UNIT - 1) / CHUNK_UNIT * CHUNK_UNIT;
    }

    private Tiling tiling(int rows, int columns, ConvolutionSpec spec) {
        return Tiling.of(rows, columns, spec.groups(), gpu.properties().multiprocessors());
    }

    /** The elements of a channel in all samples, after a check that kernels can divide every index of the tensor. */
    private static int columns(String operation, Shape maps) {
        return Geometry.index(operation, maps.elements()) / maps.dim(1);
    }

    /** The kernels' {@code Convolution}. */
    private static Packed geometry(Shape x, Shape y, ConvolutionSpec spec) {
        Window window = spec.window();
        Geometry.index(FORWARD, Math.max(x.elements(), y.elements()));
        return new Packed()
                .integers(x.dims())
                .integers(y.dim(1), x.dim(1) / spec.groups(), y.dim(1) / spec.groups())
                .integers(window.padTop(), window.padLeft())
                .divisors(window.strideY(), window.strideX())
                .divisors(window.height() * window.width(), window.width())
                .divisors(y.dim(2) * y.dim(3), y.dim(3))
                .divisors(x.dim(2) * x.dim(3), x.dim(3));
    }
}

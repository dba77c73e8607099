package dev.tandem.backend.cpu.convolution;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;

/** Convolution: oneDNN where it has code of its own, else ND4J's matrix product. */
public final class CpuConvolutions implements ConvolutionKernels {
    private final ComputeThread thread;
    private final Storages memory;
    private final PlainConvolution plain;
    private final OneDnnConvolution oneDnn;

    /** {@code oneDnn} may be null. */
    public CpuConvolutions(ComputeThread thread, Storages memory, PlainConvolution plain, OneDnnConvolution oneDnn) {
        this.thread = thread;
        this.memory = memory;
        this.plain = plain;
        this.oneDnn = oneDnn;
    }

    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage weights = CpuStorage.of(w);
        CpuStorage offsets = CpuStorage.of(bias);
        CpuStorage to = CpuStorage.of(y);
        thread.submit(
                "convolution",
                () -> {
                    if (oneDnn == null || !oneDnn.forward(from, weights, offsets, spec, f, to)) {
                        PlainConvolution.Maps maps =
                                new PlainConvolution.Maps(memory.plain(from), memory.plain(weights), memory.output(to));
                        Block bias1 = offsets == null ? null : memory.plain(offsets);
                        plain.forward(from.shape, weights.shape.dim(0), spec, f, maps, bias1);
                    }
                },
                x,
                w,
                bias,
                y);
    }

    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage weights = CpuStorage.of(w);
        CpuStorage result = CpuStorage.of(dx);
        thread.submit(
                "convolution backward data",
                () -> {
                    if (oneDnn == null || !oneDnn.backwardData(gradient, weights, spec, result)) {
                        PlainConvolution.Maps maps = new PlainConvolution.Maps(
                                memory.output(result), memory.plain(weights), memory.plain(gradient));
                        plain.backwardData(result.shape, weights.shape.dim(0), spec, maps);
                    }
                },
                dy,
                w,
                dx);
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage weights = CpuStorage.of(dw);
        CpuStorage offsets = CpuStorage.of(dbias);
        thread.submit(
                "convolution backward weights",
                () -> {
                    if (oneDnn == null || !oneDnn.backwardWeights(from, gradient, spec, weights, offsets)) {
                        PlainConvolution.Maps maps = new PlainConvolution.Maps(
                                memory.plain(from), memory.output(weights), memory.plain(gradient));
                        Block sums = offsets == null ? null : memory.output(offsets);
                        plain.backwardWeights(from.shape, weights.shape.dim(0), spec, maps, sums);
                    }
                },
                x,
                dy,
                dw,
                dbias);
    }
}

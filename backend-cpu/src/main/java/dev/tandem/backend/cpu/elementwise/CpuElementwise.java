package dev.tandem.backend.cpu.elementwise;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.device.ComputeThread;
import dev.tandem.backend.cpu.loops.Broadcast;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ElementwiseKernels;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;

/**
 * Functions applied element by element, over memory in whatever layout the first operand has: padding is zero, and the
 * operand is made row-major where the function would not leave it so.
 */
public final class CpuElementwise implements ElementwiseKernels {
    private final ComputeThread thread;
    private final Storages memory;
    private final PlainElementwise plain;
    private final OneDnnElementwise oneDnn;

    /** {@code oneDnn} may be null. */
    public CpuElementwise(ComputeThread thread, Storages memory, PlainElementwise plain, OneDnnElementwise oneDnn) {
        this.thread = thread;
        this.memory = memory;
        this.plain = plain;
        this.oneDnn = oneDnn;
    }

    @Override
    public void fill(Tensor t, double value) {
        CpuStorage s = CpuStorage.of(t);
        thread.submit("fill", () -> plain.fill(s.shape.elements(), (float) value, memory.output(s)), t);
    }

    @Override
    public void affine(Tensor x, double scale, double shift, Tensor y) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(y);
        thread.submit(
                "affine",
                () -> {
                    Block source = operand(from, shift == 0);
                    long elements = Storages.elements(from);
                    plain.affine(elements, source, (float) scale, (float) shift, memory.outputLike(from, to));
                },
                x,
                y);
    }

    @Override
    public void unary(UnaryFunction f, Tensor x, Tensor y) {
        CpuStorage from = CpuStorage.of(x);
        CpuStorage to = CpuStorage.of(y);
        thread.submit(
                f.name(),
                () -> {
                    Block source = operand(from, f.apply(0) == 0);
                    long elements = Storages.elements(from);
                    Block target = memory.outputLike(from, to);
                    if (oneDnn != null && OneDnnElementwise.hasForward(f)) {
                        oneDnn.forward(f, elements, source, target);
                    } else {
                        plain.unary(f, elements, source, target);
                    }
                },
                x,
                y);
    }

    @Override
    public void unaryBackward(UnaryFunction f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
        CpuStorage saved = CpuStorage.of(f.gradientFromOutput() ? y : x);
        CpuStorage gradient = CpuStorage.of(dy);
        CpuStorage result = CpuStorage.of(dx);
        thread.submit(
                f.name() + " backward",
                () -> {
                    boolean relu = oneDnn != null && f == UnaryFunction.RELU && saved.block != null;
                    // A gradient that is kept must not be rounded to the precision of what was saved.
                    if (!relu || gradient != result) {
                        operand(saved, Double.isFinite(f.derivative(0)));
                    }
                    memory.align(gradient, saved);
                    long elements = Storages.elements(saved);
                    Block from = gradient.block;
                    Block target = memory.outputLike(gradient, result);
                    if (relu) {
                        Precision precision = saved.layout == null ? Precision.F32 : saved.layout.precision();
                        oneDnn.reluBackward(precision, elements, saved.block, from, target);
                    } else {
                        plain.unaryBackward(f, elements, saved.block, from, target);
                    }
                },
                x,
                y,
                dy,
                dx);
    }

    @Override
    public void binary(BinaryFunction f, Tensor a, Tensor b, Tensor out) {
        CpuStorage wide = CpuStorage.of(a);
        CpuStorage narrow = CpuStorage.of(b);
        CpuStorage result = CpuStorage.of(out);
        thread.submit(
                f.name(),
                () -> {
                    if (wide.shape.equals(narrow.shape)) {
                        Block left = operand(wide, f != BinaryFunction.DIVIDE);
                        memory.align(narrow, wide);
                        long elements = Storages.elements(wide);
                        plain.binary(f, elements, left, narrow.block, memory.outputLike(wide, result));
                    } else {
                        Block left = memory.plain(wide);
                        Broadcast broadcast = new Broadcast(wide.shape, narrow.shape);
                        plain.binary(f, broadcast, left, memory.plain(narrow), memory.output(result));
                    }
                },
                a,
                b,
                out);
    }

    /** The memory of {@code s} in single precision: row-major where it is padded and the padding would not stay zero. */
    private Block operand(CpuStorage s, boolean keepsZero) {
        if (s.block == null || (s.layout != null && !keepsZero && s.layout.isPadded())) {
            return memory.plain(s);
        }
        memory.widen(s);
        return s.block;
    }
}

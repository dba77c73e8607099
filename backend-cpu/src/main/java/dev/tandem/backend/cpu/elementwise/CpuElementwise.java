package dev.tandem.backend.cpu.elementwise;

import dev.tandem.backend.cpu.device.Block;
import dev.tandem.backend.cpu.loops.Broadcast;
import dev.tandem.backend.cpu.loops.PlainElementwise;
import dev.tandem.backend.cpu.workbench.CpuStorage;
import dev.tandem.backend.cpu.workbench.Storages;
import dev.tandem.backend.cpu.workbench.Workbench;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ElementwiseKernels;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;
import java.util.Optional;

/**
 * Functions applied element by element, in the layout of the first operand. Padding must stay zero: if the function
 * would change it, the operand is made row-major first, which has no padding.
 */
public final class CpuElementwise implements ElementwiseKernels {
    private final Workbench bench;
    private final Storages storages;
    private final PlainElementwise plain;
    private final Optional<OneDnnElementwise> oneDnn;

    public CpuElementwise(Workbench bench) {
        this.bench = bench;
        this.storages = bench.storages();
        this.plain = new PlainElementwise(bench.team());
        this.oneDnn = bench.withOneDnn(OneDnnElementwise::new);
    }

    @Override
    public void fill(Tensor t, double value) {
        bench.submit("fill", t, s -> plain.fill(s.shape.elements(), (float) value, storages.output(s)));
    }

    @Override
    public void affine(Tensor x, double scale, double shift, Tensor y) {
        bench.submit("affine", x, y, (from, to) -> {
            Block source = operand(from, shift == 0);
            long elements = Storages.elements(from);
            plain.affine(elements, source, (float) scale, (float) shift, storages.outputLike(from, to));
        });
    }

    @Override
    public void unary(UnaryFunction f, Tensor x, Tensor y) {
        bench.submit(f.name(), x, y, (from, to) -> {
            Block source = operand(from, f.apply(0) == 0);
            long elements = Storages.elements(from);
            Block target = storages.outputLike(from, to);
            if (oneDnn.isPresent() && OneDnnElementwise.hasForward(f)) {
                oneDnn.get().forward(f, elements, source, target);
            } else {
                plain.unary(f, elements, source, target);
            }
        });
    }

    @Override
    public void unaryBackward(UnaryFunction f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
        Tensor kept = f.gradientFromOutput() ? y : x;
        bench.submit(f.name() + " backward", kept, dy, dx, (saved, gradient, result) -> {
            boolean byOneDnn = oneDnn.isPresent() && f == UnaryFunction.RELU && saved.block != null;
            // If dy is kept, it must not be rounded to the precision of the saved tensor.
            if (!byOneDnn || gradient != result) {
                operand(saved, Double.isFinite(f.derivative(0)));
            }
            storages.align(gradient, saved);
            long elements = Storages.elements(saved);
            Block from = gradient.block;
            Block target = storages.outputLike(gradient, result);
            if (byOneDnn) {
                oneDnn.get().reluBackward(saved.precision(), elements, saved.block, from, target);
            } else if (oneDnn.isPresent() && f == UnaryFunction.GELU) {
                oneDnn.get().geluBackward(elements, saved.block, from, target);
            } else {
                plain.unaryBackward(f, elements, saved.block, from, target);
            }
        });
    }

    @Override
    public void binary(BinaryFunction f, Tensor a, Tensor b, Tensor out) {
        bench.submit(f.name(), a, b, out, (wide, narrow, result) -> {
            if (wide.shape.equals(narrow.shape)) {
                Block left = operand(wide, f.apply(0, 0) == 0);
                storages.align(narrow, wide);
                long elements = Storages.elements(wide);
                plain.binary(f, elements, left, narrow.block, storages.outputLike(wide, result));
            } else {
                Block left = storages.plain(wide);
                Broadcast broadcast = new Broadcast(wide.shape, narrow.shape);
                plain.binary(f, broadcast, left, storages.plain(narrow), storages.output(result));
            }
        });
    }

    /** The memory of {@code s} in single precision; row-major if padding would not stay zero. */
    private Block operand(CpuStorage s, boolean keepsZero) {
        if (s.block == null || (s.layout != null && !keepsZero && s.layout.isPadded())) {
            return storages.plain(s);
        }
        storages.widen(s);
        return s.block;
    }
}

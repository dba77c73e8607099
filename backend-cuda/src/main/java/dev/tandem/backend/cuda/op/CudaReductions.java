package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Arena;
import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ReductionKernels;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.List;

/** Sums, softmax and cross-entropy. */
public final class CudaReductions implements ReductionKernels {
    private static final String SUM = "sum";

    // A part of a row shorter than this is not worth a block of its own.
    private static final int LEAST_CHUNK = 4096;

    private final Gpu gpu;
    private final Kernel sumRows;
    private final Kernel sumMiddle;
    private final Kernel copy;
    private final Kernel softmax;
    private final Kernel softmaxBackward;
    private final Kernel crossEntropy;
    private final Kernel crossEntropyBackward;

    public CudaReductions(Gpu gpu) {
        this.gpu = gpu;
        sumRows = gpu.kernels().get("sum_rows");
        sumMiddle = gpu.kernels().get("sum_middle");
        copy = gpu.kernels().get("unary");
        softmax = gpu.kernels().get("softmax");
        softmaxBackward = gpu.kernels().get("softmax_backward");
        crossEntropy = gpu.kernels().get("cross_entropy");
        crossEntropyBackward = gpu.kernels().get("cross_entropy_backward");
    }

    @Override
    public void sum(Tensor x, Tensor out) {
        Geometry.index(SUM, x.shape().elements());
        List<Geometry.Axes> axes = Geometry.join(x.shape(), axis -> out.shape().dim(axis) == 1);
        sum(SUM, x, axes, out);
    }

    /** {@code out}: the sums of {@code x} over the marked axes, as part of {@code operation}. */
    private void sum(String operation, Tensor x, List<Geometry.Axes> axes, Tensor out) {
        CudaStorage.of(out).overwrite(Format.F32);
        sum(operation, Elements.of(x), axes, Elements.of(out), x, out);
    }

    private void sum(String operation, Elements from, List<Geometry.Axes> axes, Elements out, Tensor... operands) {
        int last = lastMarked(axes);
        if (last < 0) {
            long count = extent(axes);
            copy.with()
                    .integer(UnaryFunction.IDENTITY.code())
                    .input(from)
                    .output(out)
                    .wide(count)
                    .overFours(count, operation, operands);
            return;
        }
        // The innermost summed axes first. The others are summed afterwards, from a temporary result.
        int outer = extent(axes.subList(0, last));
        int middle = axes.get(last).extent();
        int inner = extent(axes.subList(last + 1, axes.size()));
        List<Geometry.Axes> rest = new ArrayList<>(axes.subList(0, last));
        axes.subList(last + 1, axes.size()).forEach(axis -> Geometry.append(rest, axis));
        if (lastMarked(rest) < 0) {
            sumOne(operation, from, outer, middle, inner, out, operands);
            return;
        }
        try (Arena.Temporary partial = temporary((long) outer * inner)) {
            Elements sums = Elements.exact(partial.address(), (long) outer * inner);
            sumOne(operation, from, outer, middle, inner, sums, operands);
            sum(operation, sums, rest, out, operands);
        }
    }

    /** {@code out (channels)}: the sums of {@code x (N, channels, ...)} over all else, as part of {@code operation}. */
    void sumChannels(String operation, Tensor x, Tensor out) {
        List<Geometry.Axes> axes = Geometry.join(x.shape(), axis -> axis != 1);
        sum(operation, x, axes, out);
    }

    /**
     * {@code out (outer, inner)}: the sums of {@code from (outer, middle, inner)} over the middle, as part of
     * {@code operation}.
     */
    void sumOne(String operation, Elements from, int outer, int middle, int inner, Elements out, Tensor... operands) {
        if (inner > 1) {
            int count = outer * inner;
            sumMiddle
                    .with()
                    .input(from)
                    .wide(out.address())
                    .integer(middle)
                    .struct(new Packed().divisors(inner))
                    .integer(count)
                    .overElements(count, operation, operands);
            return;
        }
        // Few long rows are summed in parts: otherwise most of the device would be idle.
        int parts = Math.max(1, Math.min(gpu.kernels().mostElementBlocks() / outer, middle / LEAST_CHUNK));
        if (parts == 1) {
            sumRows(operation, from, outer, middle, middle, 1, out, operands);
            return;
        }
        int chunk = (middle + parts - 1) / parts;
        int used = (middle + chunk - 1) / chunk;
        try (Arena.Temporary partial = temporary((long) outer * used)) {
            Elements sums = Elements.exact(partial.address(), (long) outer * used);
            sumRows(operation, from, outer, middle, chunk, used, sums, operands);
            sumRows(operation, sums, outer, used, used, 1, out, operands);
        }
    }

    private void sumRows(
            String operation,
            Elements from,
            int rows,
            int length,
            int chunk,
            int parts,
            Elements out,
            Tensor... operands) {
        sumRows.with()
                .input(from)
                .wide(out.address())
                .integer(length)
                .integer(chunk)
                .struct(new Packed().divisors(parts))
                .overBlocks(rows * parts, 1, 1, operation, operands);
    }

    private Arena.Temporary temporary(long elements) {
        return gpu.arena().temporary(elements * Float.BYTES, "partial sums " + elements);
    }

    private static int lastMarked(List<Geometry.Axes> axes) {
        int last = axes.size() - 1;
        while (last >= 0 && !axes.get(last).marked()) {
            last--;
        }
        return last;
    }

    private static int extent(List<Geometry.Axes> axes) {
        return axes.stream().mapToInt(Geometry.Axes::extent).reduce(1, (a, b) -> a * b);
    }

    @Override
    public void softmax(Tensor x, Tensor y) {
        softmax.with().exactInput(x).exactOutput(y).integer(classes(x)).overBlocks(rows(x), 1, 1, "softmax", x);
    }

    @Override
    public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {
        softmaxBackward
                .with()
                .exactInput(y)
                .exactInput(dy)
                .exactOutput(dx)
                .integer(classes(y))
                .overBlocks(rows(y), 1, 1, "softmax backward", y);
    }

    @Override
    public void crossEntropy(Tensor logits, Tensor labels, Tensor probabilities, Tensor losses) {
        crossEntropy
                .with()
                .exactInput(logits)
                .exactInput(labels)
                .exactOutput(probabilities)
                .exactOutput(losses)
                .integer(classes(logits))
                .overBlocks(rows(logits), 1, 1, "cross-entropy", logits);
    }

    @Override
    public void crossEntropyBackward(Tensor probabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {
        Shape shape = probabilities.shape();
        int count = Geometry.index("cross-entropy backward", shape.elements());
        crossEntropyBackward
                .with()
                .exactInput(probabilities)
                .exactInput(labels)
                .exactInput(dlosses)
                .exactOutput(dlogits)
                .struct(new Packed().divisors(shape.dim(1)))
                .integer(count)
                .overElements(count, "cross-entropy backward", probabilities);
    }

    private static int rows(Tensor matrix) {
        return matrix.shape().dim(0);
    }

    private static int classes(Tensor matrix) {
        return matrix.shape().dim(1);
    }
}

package dev.tandem.spi.dryrun;

import dev.tandem.spi.DataType;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.ConvolutionKernels;
import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.kernel.ElementwiseKernels;
import dev.tandem.spi.kernel.InputMemory;
import dev.tandem.spi.kernel.MatrixKernels;
import dev.tandem.spi.kernel.MemoryKernels;
import dev.tandem.spi.kernel.NormalizationKernels;
import dev.tandem.spi.kernel.PoolingKernels;
import dev.tandem.spi.kernel.RandomKernels;
import dev.tandem.spi.kernel.ReductionKernels;
import dev.tandem.spi.kernel.UpdateKernels;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.Slice;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Every kernel family at once: bytes are counted as tensors are allocated and released, multiply-adds in convolutions
 * and products.
 */
final class CountingKernels
        implements DeviceKernels,
                MemoryKernels,
                ElementwiseKernels,
                ReductionKernels,
                MatrixKernels,
                ConvolutionKernels,
                PoolingKernels,
                NormalizationKernels,
                RandomKernels,
                UpdateKernels {
    private record Bytes(long count) implements Storage {}

    private record CountedInput(Storage storage) implements InputMemory {
        @Override
        public void fill(HostMemory from, int first) {}

        @Override
        public void arrived() {}

        @Override
        public void done() {}
    }

    private final boolean copiesAhead;
    long multiplyAdds;
    long peakBytes;
    private long liveBytes;

    CountingKernels(boolean copiesAhead) {
        this.copiesAhead = copiesAhead;
    }

    @Override
    public Storage allocate(Shape shape, DataType type) {
        long bytes = shape.elements() * type.bytes();
        liveBytes += bytes;
        peakBytes = Math.max(peakBytes, liveBytes);
        return new Bytes(bytes);
    }

    @Override
    public @Nullable InputMemory inputMemory(Shape shape) {
        return copiesAhead ? new CountedInput(allocate(shape, DataType.F32)) : null;
    }

    @Override
    public void release(Storage storage) {
        liveBytes -= ((Bytes) storage).count();
    }

    @Override
    public Storage reshape(Tensor from, Shape shape) {
        return new Bytes(0);
    }

    @Override
    public void read(Tensor from, float[] values) {
        Arrays.fill(values, 0);
    }

    @Override
    public MemoryUse use() {
        return new MemoryUse(liveBytes, peakBytes, liveBytes, Long.MAX_VALUE);
    }

    @Override
    public void product(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        multiplyAdds += out.shape().elements() * a.shape().dim(transposeA ? 0 : 1);
    }

    @Override
    public void batchedProduct(Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor out) {
        multiplyAdds += out.shape().elements() * a.shape().dim(transposeA ? 1 : 2);
    }

    @Override
    public void forward(Tensor x, Tensor w, Tensor bias, ConvolutionSpec spec, UnaryFunction f, Tensor y) {
        countConvolution(y, w);
    }

    @Override
    public void backwardData(Tensor dy, Tensor w, ConvolutionSpec spec, Tensor dx) {
        countConvolution(dy, w);
    }

    @Override
    public void backwardWeights(Tensor x, Tensor dy, ConvolutionSpec spec, Tensor dw, Tensor dbias) {
        countConvolution(dy, dw);
    }

    @Override
    public void locallyConnected(Tensor x, Tensor w, Tensor bias, Window window, UnaryFunction f, Tensor y) {
        countLocal(x, w);
    }

    @Override
    public void locallyConnectedBackwardData(Tensor dy, Tensor w, Window window, Tensor dx) {
        countLocal(dx, w);
    }

    @Override
    public void locallyConnectedBackwardWeights(Tensor x, Tensor dy, Window window, Tensor dw, Tensor dbias) {
        countLocal(x, dw);
    }

    /** Each sample takes each weight once. */
    private void countLocal(Tensor x, Tensor weights) {
        multiplyAdds += x.shape().dim(0) * weights.shape().elements();
    }

    private void countConvolution(Tensor output, Tensor weights) {
        multiplyAdds +=
                output.shape().elements() * weights.shape().withoutBatch().elements();
    }

    @Override
    public void write(Tensor to, float[] values) {}

    @Override
    public void writeInts(Tensor to, int[] values) {}

    @Override
    public void copyRange(Tensor from, int fromStart, Tensor to, int toStart, int axis, int length) {}

    @Override
    public void permute(Tensor from, int[] axes, Tensor to) {}

    @Override
    public void copyFrom(Tensor from, Tensor to) {}

    @Override
    public void synchronize() {}

    @Override
    public void fill(Tensor t, double value) {}

    @Override
    public void affine(Tensor x, double scale, double shift, Tensor y) {}

    @Override
    public void unary(UnaryFunction f, Tensor x, Tensor y) {}

    @Override
    public void unaryBackward(UnaryFunction f, Tensor x, Tensor y, Tensor dy, Tensor dx) {}

    @Override
    public void binary(BinaryFunction f, Tensor a, Tensor b, Tensor out) {}

    @Override
    public void sum(Tensor x, Tensor out) {}

    @Override
    public void max(Tensor x, Tensor out) {}

    @Override
    public void unfold(Tensor x, Window window, Tensor y) {}

    @Override
    public void fold(Tensor dy, Window window, Tensor dx) {}

    @Override
    public void softmax(Tensor x, Tensor y) {}

    @Override
    public void softmaxBackward(Tensor y, Tensor dy, Tensor dx) {}

    @Override
    public void crossEntropy(Tensor logits, Tensor labels, Tensor probabilities, Tensor losses) {}

    @Override
    public void crossEntropyBackward(Tensor probabilities, Tensor labels, Tensor dlosses, Tensor dlogits) {}

    @Override
    public void max(Tensor x, Window window, Tensor y) {}

    @Override
    public void maxBackward(Tensor x, Tensor y, Tensor dy, Window window, Tensor dx) {}

    @Override
    public void average(Tensor x, Window window, Tensor y) {}

    @Override
    public void averageBackward(Tensor dy, Window window, Tensor dx) {}

    @Override
    public void responseNormalization(Tensor x, ResponseNormalization spec, Tensor y) {}

    @Override
    public void responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, Tensor dx) {}

    @Override
    public void bernoulli(RandomKey key, Slice slice, double keep, double value, Tensor out) {}

    @Override
    public void sgd(Tensor w, Tensor v, Tensor g, SgdStep step) {}

    @Override
    public void adam(Tensor w, Tensor m, Tensor v, Tensor g, AdamStep step) {}

    @Override
    public MemoryKernels memory() {
        return this;
    }

    @Override
    public ElementwiseKernels elementwise() {
        return this;
    }

    @Override
    public ReductionKernels reductions() {
        return this;
    }

    @Override
    public MatrixKernels matrices() {
        return this;
    }

    @Override
    public ConvolutionKernels convolutions() {
        return this;
    }

    @Override
    public PoolingKernels pooling() {
        return this;
    }

    @Override
    public NormalizationKernels normalizations() {
        return this;
    }

    @Override
    public RandomKernels random() {
        return this;
    }

    @Override
    public UpdateKernels updates() {
        return this;
    }
}

package dev.tandem.testkit.reference;

import dev.tandem.spi.DataType;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.MemoryKernels;

/** A new array for each tensor; nothing is pooled, so what is reserved is what is used. */
final class ReferenceMemory implements MemoryKernels {
    private long used;
    private long peak;

    @Override
    public Storage allocate(Shape shape, DataType type) {
        ReferenceStorage storage = new ReferenceStorage(Math.toIntExact(shape.elements()));
        used += storage.bytes();
        peak = Math.max(peak, used);
        return storage;
    }

    @Override
    public void release(Storage storage) {
        ReferenceStorage released = (ReferenceStorage) storage;
        used -= released.bytes();
        released.release();
    }

    @Override
    public void write(Tensor to, float[] values) {
        double[] t = ReferenceStorage.of(to);
        for (int i = 0; i < t.length; i++) {
            t[i] = values[i];
        }
    }

    @Override
    public void writeInts(Tensor to, int[] values) {
        double[] t = ReferenceStorage.of(to);
        for (int i = 0; i < t.length; i++) {
            t[i] = values[i];
        }
    }

    @Override
    public void read(Tensor from, float[] values) {
        double[] t = ReferenceStorage.of(from);
        for (int i = 0; i < t.length; i++) {
            values[i] = (float) t[i];
        }
    }

    @Override
    public void writeDoubles(Tensor to, double[] values) {
        double[] t = ReferenceStorage.of(to);
        System.arraycopy(values, 0, t, 0, t.length);
    }

    @Override
    public void readDoubles(Tensor from, double[] values) {
        double[] t = ReferenceStorage.of(from);
        System.arraycopy(t, 0, values, 0, t.length);
    }

    /** {@code to[i0][i1]... = from[j0][j1]...} with {@code j[axes[k]] = i[k]}. */
    @Override
    public void permute(Tensor from, int[] axes, Tensor to) {
        double[] source = ReferenceStorage.of(from);
        double[] target = ReferenceStorage.of(to);
        for (int i = 0; i < target.length; i++) {
            long place = 0;
            for (int k = 0; k < axes.length; k++) {
                long index = i / to.shape().stride(k) % to.shape().dim(k);
                place += index * from.shape().stride(axes[k]);
            }
            target[i] = source[(int) place];
        }
    }

    @Override
    public void copyRange(Tensor from, int fromStart, Tensor to, int toStart, int axis, int length) {
        double[] source = ReferenceStorage.of(from);
        double[] target = ReferenceStorage.of(to);
        int inner = Math.toIntExact(from.shape().stride(axis));
        int sourceBlock = inner * from.shape().dim(axis);
        int targetBlock = inner * to.shape().dim(axis);
        for (int outer = 0; outer < source.length / sourceBlock; outer++) {
            System.arraycopy(
                    source,
                    outer * sourceBlock + fromStart * inner,
                    target,
                    outer * targetBlock + toStart * inner,
                    length * inner);
        }
    }

    /** Copies: simpler than sharing, and allowed. */
    @Override
    public Storage reshape(Tensor from, Shape shape) {
        double[] source = ReferenceStorage.of(from);
        ReferenceStorage storage = (ReferenceStorage) allocate(shape, from.type());
        System.arraycopy(source, 0, storage.values("reshape"), 0, source.length);
        return storage;
    }

    @Override
    public void synchronize() {}

    @Override
    public MemoryUse use() {
        return new MemoryUse(used, peak, used, Long.MAX_VALUE);
    }
}

package dev.tandem.backend.cuda.op;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.driver.Staging;
import dev.tandem.backend.cuda.gpu.Conversions;
import dev.tandem.backend.cuda.gpu.CudaInput;
import dev.tandem.backend.cuda.gpu.CudaStorage;
import dev.tandem.backend.cuda.gpu.Elements;
import dev.tandem.backend.cuda.gpu.Format;
import dev.tandem.backend.cuda.gpu.Geometry;
import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.backend.cuda.gpu.Kernel;
import dev.tandem.spi.DataType;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.InputMemory;
import dev.tandem.spi.kernel.MemoryKernels;
import dev.tandem.spi.op.Permutation;
import org.jspecify.annotations.Nullable;

/** Memory, host transfers, copies of ranges, and copies between devices. */
public final class CudaMemory implements MemoryKernels {
    /** The axes in the kernels' {@code Order}. */
    private static final int MOST_AXES = 6;

    /** So many values are copied sooner than the device's thread is waited for. */
    private static final int FEW = 1 << 14;

    private final Gpu gpu;
    private final Kernel copyRange;
    private final Kernel permute;

    public CudaMemory(Gpu gpu) {
        this.gpu = gpu;
        copyRange = gpu.kernels().get("copy_range");
        permute = gpu.kernels().get("permute");
    }

    @Override
    public Storage allocate(Shape shape, DataType type) {
        if (type == DataType.F64) {
            throw TandemException.argument(
                    "allocate",
                    "not a type of the CUDA backend",
                    type,
                    "F32 or I32",
                    "Use the device's floatingType()");
        }
        return new CudaStorage(gpu, gpu.arena().allocate(shape.elements() * type.bytes(), type + " " + shape));
    }

    @Override
    public void release(Storage storage) {
        ((CudaStorage) storage).release();
    }

    @Override
    public void releaseForgotten(Storage storage) {
        ((CudaStorage) storage).releaseLater();
    }

    @Override
    public void write(Tensor to, float[] values) {
        if (values.length <= FEW) {
            float[] copy = values.clone();
            submit(
                    to,
                    copy.length,
                    (buffer, first, count) -> buffer.asFloatBuffer().put(copy, first, count));
            return;
        }
        long address = overwritten(to);
        Staging.Transfer source =
                (buffer, first, count) -> buffer.asFloatBuffer().put(values, first, count);
        gpu.launcher().call("write", () -> gpu.staging().write(address, values.length, source), to);
    }

    @Override
    public void writeInts(Tensor to, int[] values) {
        int[] copy = values.clone();
        submit(to, copy.length, (buffer, first, count) -> buffer.asIntBuffer().put(copy, first, count));
    }

    /** The address of elements that the host is about to write. */
    private static long overwritten(Tensor to) {
        CudaStorage.of(to).overwrite(Format.F32);
        return Elements.of(to).address();
    }

    /** Values that nobody changes any more: the caller need not wait until the device's thread takes them. */
    private void submit(Tensor to, int count, Staging.Transfer source) {
        long address = overwritten(to);
        gpu.launcher().submit("write", () -> gpu.staging().write(address, count, source), to);
    }

    @Override
    public void write(Tensor to, HostMemory from, int first) {
        long address = overwritten(to);
        int count = to.shape().arrayLength();
        gpu.copies()
                .ask(
                        from,
                        number -> gpu.launcher()
                                .submit("write", () -> gpu.copies().copy(number, from, first, count, address), to));
    }

    @Override
    public @Nullable HostMemory hostMemory(int length) {
        return gpu.hostMemory(length);
    }

    @Override
    public InputMemory inputMemory(Shape shape) {
        return new CudaInput(gpu, shape);
    }

    @Override
    public void read(Tensor from, float[] values) {
        if (Format.of(from) == Format.BF16) {
            try (Conversions.Temporary wide =
                    gpu.conversions().orElseThrow().temporary("read", Format.F32, values.length)) {
                gpu.conversions().orElseThrow().copy("read", Elements.of(from), wide.elements());
                read(wide.elements().address(), from, values);
            }
        } else {
            read(Elements.of(from).address(), from, values);
        }
    }

    private void read(long address, Tensor from, float[] values) {
        Staging.Transfer target =
                (buffer, first, count) -> buffer.asFloatBuffer().get(values, first, count);
        gpu.launcher().call("read", () -> gpu.staging().read(address, values.length, target), from);
    }

    /** The first part that is written settles the format of {@code to}. Later ones are converted to it. */
    @Override
    public void copyRange(Tensor from, int fromStart, Tensor to, int toStart, int axis, int length) {
        long inner = from.shape().stride(axis);
        long outer = from.shape().elements() / (inner * from.shape().dim(axis));
        int count = Geometry.index("copy range", outer * length * inner);
        long source = fromStart * inner;
        long target = toStart * inner;
        CudaStorage.of(to).changePart(Format.of(from));
        copyRange
                .with()
                .input(Elements.of(from).range(source, from.shape().elements() - source))
                .update(Elements.of(to).range(target, to.shape().elements() - target))
                .struct(new Packed().divisors((int) (length * inner)))
                .wide(from.shape().dim(axis) * inner)
                .wide(to.shape().dim(axis) * inner)
                .integer(count)
                .overElements(count, "copy range", from, to);
    }

    /** More axes than the kernel takes go through the host. */
    @Override
    public void permute(Tensor from, int[] axes, Tensor to) {
        Permutation order = Permutation.of(from.shape(), axes);
        if (order.rank() > MOST_AXES) {
            MemoryKernels.super.permute(from, axes, to);
            return;
        }
        int count = Geometry.index("permute", from.shape().elements());
        Packed packed = new Packed();
        int[] steps = new int[MOST_AXES];
        for (int axis = 0; axis < MOST_AXES; axis++) {
            boolean exists = axis < order.rank();
            packed.divisors(exists ? (int) order.extents()[axis] : 1);
            steps[axis] = exists ? (int) order.strides()[axis] : 0;
        }
        permute.with()
                .input(from)
                .output(to, Format.of(from))
                .struct(packed.integers(steps))
                .integer(count)
                .overElements(count, "permute", from, to);
    }

    /**
     * Between GPUs the driver copies: directly if they can reach each other, otherwise through host memory. Each stream
     * waits for the other one, the caller for neither. Copies from other backends go through the host.
     */
    @Override
    public void copyFrom(Tensor from, Tensor to) {
        if (!(from.storage() instanceof CudaStorage other)) {
            MemoryKernels.super.copyFrom(from, to);
            return;
        }
        Gpu source = other.gpu();
        CudaStorage.of(to).overwrite(other.format());
        Elements elements = Elements.of(from);
        long toAddress = Elements.of(to).address();
        // The source's fence is raised before this device waits for it, so the two threads cannot wait for each other.
        source.thread().run("copy", () -> source.peerCopies().raiseFence(), from);
        gpu.launcher()
                .call(
                        "copy",
                        () -> gpu.peerCopies()
                                .copy(source.peerCopies(), elements.address(), toAddress, elements.bytes()),
                        from,
                        to);
        // The source's memory may be released now: what uses it next comes after the copy.
        source.thread().submit("copy", () -> source.peerCopies().waitForFence(gpu.peerCopies()), from);
    }

    @Override
    public Storage reshape(Tensor from, Shape shape) {
        return CudaStorage.of(from).share();
    }

    @Override
    public void synchronize() {
        gpu.synchronize();
    }

    @Override
    public MemoryUse use() {
        return gpu.arena().use();
    }
}

package dev.tandem.spi.kernel;

import dev.tandem.spi.DataType;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.MemoryUse;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Storage;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Permutation;
import org.jspecify.annotations.Nullable;

/** Memory and host transfers. Host arrays are row-major and hold exactly the tensor's elements. */
public interface MemoryKernels {
    /** Memory for a tensor, contents unspecified. The layout may be settled by the first kernel that writes it. */
    Storage allocate(Shape shape, DataType type);

    /** Gives memory back once the kernels called before are done with it. */
    void release(Storage storage);

    /**
     * As {@link #release}, for a tensor that became unreachable without being closed; called on a thread of the garbage
     * collector, perhaps while the last operation with the tensor is being called, and also after the backend was closed. By default nothing happens: the memory stays taken until then.
     */
    default void releaseForgotten(Storage storage) {}

    /** Host to device for a floating tensor; {@code values} may be reused on return. */
    void write(Tensor to, float[] values);

    /**
     * Host to device for a floating tensor: the numbers of {@code from} from {@code first} on. An array has been read on
     * return; other memory is told {@linkplain HostMemory#readBy who reads it}. By default through an array.
     */
    default void write(Tensor to, HostMemory from, int first) {
        write(to, from.array(first, to.shape().arrayLength()));
    }

    /**
     * Host memory of {@code length} zeros that this device reads by itself; null, by default, if it has none, or no more
     * of it. It stays readable for Java as long as Java refers to it, also after the backend was closed. For any thread.
     */
    default @Nullable HostMemory hostMemory(int length) {
        return null;
    }

    /**
     * Memory for a floating tensor of {@code shape} that is filled while the device computes; null, by default, if host
     * transfers take their turn among the kernels.
     */
    default @Nullable InputMemory inputMemory(Shape shape) {
        return null;
    }

    /** Host to device for labels. */
    void writeInts(Tensor to, int[] values);

    /** Device to host for a floating tensor; waits for the kernels called before. */
    void read(Tensor from, float[] values);

    /** As {@link #write}, from double precision. */
    default void writeDoubles(Tensor to, double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            narrow[i] = (float) values[i];
        }
        write(to, narrow);
    }

    /** As {@link #read}, to double precision. */
    default void readDoubles(Tensor from, double[] values) {
        float[] narrow = new float[values.length];
        read(from, narrow);
        for (int i = 0; i < values.length; i++) {
            values[i] = narrow[i];
        }
    }

    /**
     * Copies {@code length} positions along {@code axis}, from {@code fromStart} of one tensor to {@code toStart} of
     * another on this device; the other extents and the types agree. Positions outside the range stay as they are, so a
     * tensor may be filled range by range.
     */
    void copyRange(Tensor from, int fromStart, Tensor to, int toStart, int axis, int length);

    /**
     * The multiple at which ranges of channels should begin and end if the caller has a choice, 1 or more: a backend
     * that stores channels in blocks copies whole blocks faster. By default any channel is as good as another.
     */
    default int channelAlignment() {
        return 1;
    }

    /**
     * Copies a floating tensor of another device of any backend into {@code to}, a tensor of this device with the same
     * shape; {@code from} may be released right after. By default through host memory, which waits for both devices.
     */
    default void copyFrom(Tensor from, Tensor to) {
        if (to.type() == DataType.F64) {
            to.writeDoubles(from.readDoubles());
        } else {
            to.write(from.read());
        }
    }

    /**
     * Says of a floating tensor that it is a parameter of inference: forward kernels read it again and again, and it is
     * seldom written. Its memory may then take the form that is best for them. Its elements stay what they are, unless
     * the backend was opened to keep those of inference in fewer bits. By default nothing happens.
     */
    default void keepForInference(Tensor parameter) {}

    /**
     * The elements of the floating tensor {@code from} with its axes in another order: axis {@code i} of {@code to} is
     * axis {@code axes[i]} of {@code from}. By default through host memory.
     */
    default void permute(Tensor from, int[] axes, Tensor to) {
        Permutation order = Permutation.of(from.shape(), axes);
        double[] source = from.readDoubles();
        double[] target = new double[source.length];
        int length = (int) order.extents()[order.rank() - 1];
        int stride = (int) order.strides()[order.rank() - 1];
        for (int i = 0; i < target.length; i++) {
            target[i] = source[(int) order.startOfRow(i / length) + i % length * stride];
        }
        to.writeDoubles(target);
    }

    /**
     * The elements of {@code from}, row-major, as a storage of {@code shape}. May share memory: then that is freed when
     * both storages are released.
     */
    Storage reshape(Tensor from, Shape shape);

    /** Waits for all kernels called before, and throws what went wrong in them. */
    void synchronize();

    /** Nanoseconds spent in kernels and transfers since the device was opened, or -1 if that is not measured. */
    default long busyNanos() {
        return -1;
    }

    /** Memory held at this moment. */
    MemoryUse use();
}

package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.HostMemory;
import dev.tandem.spi.InputTensor;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.InputMemory;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/** Operations that move elements without changing them; those of a device are had from {@link Device#memory}. */
public final class Memory {
    private final Device device;
    private long receivedBytes;

    /** For {@link Device}. */
    public Memory(Device device) {
        this.device = device;
    }

    /** A copy on this device of a floating tensor of any device. */
    public Tensor copyOf(Tensor tensor) {
        if (!tensor.type().isFloating()) {
            throw TandemException.argument(
                    "copy",
                    "not a floating tensor",
                    tensor.type(),
                    "F32 or F64",
                    "Write labels to each device from the host");
        }
        if (tensor.device() == device) {
            return device.elementwise().affine(tensor, 1, 0);
        }
        tensor.storage();
        Tensor out = device.allocate(tensor.shape());
        device.kernels().memory().copyFrom(tensor, out);
        receivedBytes += out.bytes();
        return out;
    }

    /** Replaces the elements of {@code target} by those of {@code source}; both are floating and of one shape. */
    public void assign(Tensor target, Tensor source) {
        Checks.floating(device, "assign", target, source);
        Checks.sameShape("assign", source, target.shape());
        device.kernels().elementwise().affine(source, 1, 0, target);
    }

    /**
     * Says that {@code parameter}, a floating tensor, is used for inference alone, and seldom written: the backend may
     * keep it in the form that its forward kernels read fastest.
     */
    public void keepForInference(Tensor parameter) {
        Checks.floating(device, "keep for inference", parameter);
        device.kernels().memory().keepForInference(parameter);
    }

    /**
     * A tensor of the device's floating type to be filled from the host while the device computes; empty if this device
     * cannot do both at once. Then {@link Tensor#write(HostMemory, int)} is as good.
     */
    public Optional<InputTensor> input(Shape shape) {
        InputMemory memory = device.kernels().memory().inputMemory(shape);
        return Optional.ofNullable(memory).map(own -> new InputTensor(device, shape, own));
    }

    /** The multiple at which ranges of channels should begin and end if there is a choice, 1 or more. */
    public int channelAlignment() {
        return device.kernels().memory().channelAlignment();
    }

    /** The bytes copied to this device from others since it was opened. */
    public long receivedBytes() {
        return receivedBytes;
    }

    /**
     * The same elements, in row-major order, under another shape. May share memory with {@code tensor}, so it must not
     * be written while the other is in use.
     */
    public Tensor reshape(Tensor tensor, Shape shape) {
        device.requireOwned("reshape", tensor);
        if (tensor.shape().elements() != shape.elements()) {
            throw TandemException.argument(
                    "reshape",
                    "element counts differ",
                    tensor.shape() + " to " + shape,
                    "equal counts",
                    "Use slices to drop elements");
        }
        return device.over(device.kernels().memory().reshape(tensor, shape), shape, tensor.type());
    }

    /** The axes in another order: axis {@code i} of the result is axis {@code axes[i]} of {@code tensor}. */
    public Tensor permute(Tensor tensor, int... axes) {
        Checks.floating(device, "permute", tensor);
        Tensor out = device.allocate(tensor.shape().permuted(axes), tensor.type());
        device.kernels().memory().permute(tensor, axes.clone(), out);
        return out;
    }

    /** The elements {@code start} to {@code start + length - 1} along {@code axis}, copied. */
    public Tensor slice(Tensor tensor, int axis, int start, int length) {
        device.requireOwned("slice", tensor);
        if (axis < 0
                || axis >= tensor.shape().rank()
                || start < 0
                || length < 1
                || start > tensor.shape().dim(axis) - length) {
            throw TandemException.argument(
                    "slice",
                    "outside of " + tensor.shape(),
                    start + " to " + ((long) start + length) + " along axis " + axis,
                    "a range inside it",
                    "Use an axis of the tensor, a start of 0 or more and a length of 1 or more");
        }
        Tensor out = device.allocate(tensor.shape().with(axis, length), tensor.type());
        device.kernels().memory().copyRange(tensor, start, out, 0, axis, length);
        return out;
    }

    /** The tensors joined along {@code axis}, in order; their other extents agree. */
    public Tensor concatenate(int axis, Tensor... tensors) {
        if (tensors.length == 0) {
            throw TandemException.argument("concatenate", "nothing to join", "no tensors", "one or more", "");
        }
        int[] starts = new int[tensors.length];
        int extent = 0;
        for (int i = 0; i < tensors.length; i++) {
            requireJoinable(axis, tensors[0].shape(), tensors[i]);
            starts[i] = extent;
            extent += tensors[i].shape().dim(axis);
        }
        Tensor out = device.allocate(tensors[0].shape().with(axis, extent), tensors[0].type());
        // The longest first, because a backend may choose the layout of the result at the first copy.
        IntStream.range(0, tensors.length)
                .boxed()
                .sorted(Comparator.comparing(i -> -tensors[i].shape().dim(axis)))
                .forEach(i -> {
                    int length = tensors[i].shape().dim(axis);
                    device.kernels().memory().copyRange(tensors[i], 0, out, starts[i], axis, length);
                });
        return out;
    }

    private void requireJoinable(int axis, Shape expected, Tensor tensor) {
        device.requireOwned("concatenate", tensor);
        Shape shape = tensor.shape();
        if (axis < 0
                || axis >= expected.rank()
                || shape.rank() != expected.rank()
                || !shape.with(axis, 1).equals(expected.with(axis, 1))) {
            throw TandemException.argument(
                    "concatenate",
                    "shapes differ off axis " + axis,
                    shape,
                    expected,
                    "Only the extent along the axis may differ");
        }
    }
}

package dev.tandem.spi;

import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.MatrixProducts;
import dev.tandem.spi.op.Normalizations;
import dev.tandem.spi.op.Pooling;
import dev.tandem.spi.op.RandomNumbers;
import dev.tandem.spi.op.Reductions;
import dev.tandem.spi.op.Updates;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * One device: makes tensors and runs operations on them. Operations check their arguments here, once, then go to the
 * backend's kernels; they may run asynchronously, in the order they were called. Reads wait.
 */
public final class Device {
    private final DeviceId id;
    private final String description;
    private final DataType floatingType;
    private final DeviceKernels kernels;
    private final Elementwise elementwise = new Elementwise(this);
    private final Reductions reductions = new Reductions(this);
    private final MatrixProducts matrixProducts = new MatrixProducts(this);
    private final Convolutions convolutions = new Convolutions(this);
    private final Pooling pooling = new Pooling(this);
    private final Normalizations normalizations = new Normalizations(this);
    private final RandomNumbers randomNumbers = new RandomNumbers(this);
    private final Updates updates = new Updates(this);
    private long receivedBytes;

    /**
     * For backends: the device {@code id} served by {@code kernels}.
     *
     * @param description the chip, in one line
     * @param floatingType the type of parameters and activations: F32, or F64 for the reference
     */
    public Device(DeviceId id, String description, DataType floatingType, DeviceKernels kernels) {
        this.id = id;
        this.description = description;
        this.floatingType = floatingType;
        this.kernels = kernels;
    }

    /** The name, such as {@code cpu:0}. */
    public DeviceId id() {
        return id;
    }

    /** What the device is, in one line. */
    public String description() {
        return description;
    }

    /** The type of parameters and activations on this device. */
    public DataType floatingType() {
        return floatingType;
    }

    /** The backend's kernels; for the operations and the tests of a backend, which check their arguments. */
    public DeviceKernels kernels() {
        return kernels;
    }

    /** A tensor of the device's floating type with unspecified contents. */
    public Tensor allocate(Shape shape) {
        return allocate(shape, floatingType);
    }

    /** A tensor with unspecified contents. */
    public Tensor allocate(Shape shape, DataType type) {
        return new Tensor(this, shape, type, kernels.memory().allocate(shape, type));
    }

    /** A tensor of the device's floating type holding {@code values}, row-major. */
    public Tensor tensor(Shape shape, float... values) {
        return allocate(shape).write(values);
    }

    /** A tensor of the device's floating type filled with {@code value}. */
    public Tensor filled(Shape shape, double value) {
        return elementwise.fill(allocate(shape), value);
    }

    /** Class labels: a vector of integers. */
    public Tensor labels(int... labels) {
        return allocate(Shape.of(labels.length), DataType.I32).writeInts(labels);
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
        if (tensor.device() == this) {
            return elementwise.affine(tensor, 1, 0);
        }
        tensor.storage();
        Tensor out = allocate(tensor.shape());
        kernels.memory().copyFrom(tensor, out);
        receivedBytes += out.bytes();
        return out;
    }

    /** The bytes copied to this device from others since it was opened. */
    public long receivedBytes() {
        return receivedBytes;
    }

    /** Nanoseconds this device has spent computing since it was opened, or -1 where the backend does not measure it. */
    public long busyNanos() {
        return kernels.memory().busyNanos();
    }

    /** The times of this device's operations, while somebody watches. */
    public Profile profile() {
        return kernels.profile();
    }

    /**
     * The same elements, in row-major order, under another shape. May share memory with {@code tensor}, so it must not be
     * written while the other is in use.
     */
    public Tensor reshape(Tensor tensor, Shape shape) {
        requireOwned("reshape", tensor);
        if (tensor.shape().elements() != shape.elements()) {
            throw TandemException.argument(
                    "reshape",
                    "element counts differ",
                    tensor.shape() + " to " + shape,
                    "equal counts",
                    "Use slices to drop elements");
        }
        return new Tensor(this, shape, tensor.type(), kernels.memory().reshape(tensor, shape));
    }

    /** The elements {@code start} to {@code start + length - 1} along {@code axis}, copied. */
    public Tensor slice(Tensor tensor, int axis, int start, int length) {
        requireOwned("slice", tensor);
        if (axis < 0
                || axis >= tensor.shape().rank()
                || start < 0
                || length < 1
                || start + length > tensor.shape().dim(axis)) {
            throw TandemException.argument(
                    "slice",
                    "outside of " + tensor.shape(),
                    start + " to " + (start + length) + " along axis " + axis,
                    "a range inside it",
                    "Check the range");
        }
        Tensor out = allocate(tensor.shape().with(axis, length), tensor.type());
        kernels.memory().copyRange(tensor, start, out, 0, axis, length);
        return out;
    }

    /** The tensors joined along {@code axis}, in order; their other extents agree. */
    public Tensor concatenate(int axis, Tensor... tensors) {
        if (tensors.length == 0) {
            throw TandemException.argument(
                    "concatenate", "nothing to join", "no tensors", "one or more", "Pass the tensors to join");
        }
        int extent = 0;
        for (Tensor tensor : tensors) {
            requireOwned("concatenate", tensor);
            Shape expected = tensors[0].shape();
            if (axis < 0
                    || axis >= expected.rank()
                    || tensor.shape().rank() != expected.rank()
                    || !tensor.shape().with(axis, 1).equals(expected.with(axis, 1))) {
                throw TandemException.argument(
                        "concatenate",
                        "shapes differ off axis " + axis,
                        tensor.shape(),
                        expected,
                        "Only the extent along the axis may differ");
            }
            extent += tensor.shape().dim(axis);
        }
        Tensor out = allocate(tensors[0].shape().with(axis, extent), tensors[0].type());
        int[] starts = new int[tensors.length];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + tensors[i - 1].shape().dim(axis);
        }
        // The longest goes first, as the first copy may settle the layout.
        IntStream.range(0, tensors.length)
                .boxed()
                .sorted(Comparator.comparing(i -> -tensors[i].shape().dim(axis)))
                .forEach(i -> kernels.memory()
                        .copyRange(
                                tensors[i],
                                0,
                                out,
                                starts[i],
                                axis,
                                tensors[i].shape().dim(axis)));
        return out;
    }

    /** Fill, functions of one and two tensors, and their gradients. */
    public Elementwise elementwise() {
        return elementwise;
    }

    /** Sums, softmax and cross-entropy, and their gradients. */
    public Reductions reductions() {
        return reductions;
    }

    /** Matrix products and fully-connected layers. */
    public MatrixProducts matrixProducts() {
        return matrixProducts;
    }

    /** Convolution and its gradients. */
    public Convolutions convolutions() {
        return convolutions;
    }

    /** Max and average pooling and their gradients. */
    public Pooling pooling() {
        return pooling;
    }

    /** Local response normalization and its gradient. */
    public Normalizations normalizations() {
        return normalizations;
    }

    /** Counter-based random masks. */
    public RandomNumbers randomNumbers() {
        return randomNumbers;
    }

    /** The optimizer's pass over a parameter. */
    public Updates updates() {
        return updates;
    }

    /** Waits until everything called so far is done; throws what went wrong in it. */
    public void synchronize() {
        kernels.memory().synchronize();
    }

    /** The device's memory at this moment. */
    public MemoryUse memoryUse() {
        return kernels.memory().use();
    }

    /** Checks that {@code tensor} is open and lives on this device; for operations. */
    public void requireOwned(String operation, Tensor tensor) {
        if (tensor.device() != this) {
            throw TandemException.argument(
                    operation, "a tensor of another device", tensor.device().id(), id, "Copy it to this device first");
        }
        tensor.storage();
    }

    @Override
    public String toString() {
        return id + " (" + description + ")";
    }
}

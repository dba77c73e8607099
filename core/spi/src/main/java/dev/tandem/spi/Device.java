package dev.tandem.spi;

import dev.tandem.spi.kernel.DeviceKernels;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.Matrices;
import dev.tandem.spi.op.Memory;
import dev.tandem.spi.op.Normalizations;
import dev.tandem.spi.op.Pooling;
import dev.tandem.spi.op.Random;
import dev.tandem.spi.op.Reductions;
import dev.tandem.spi.op.Updates;

/**
 * One device: makes tensors and runs operations on them. Operations check their arguments here, once, then go to the
 * backend's kernels; they may run asynchronously, in the order they were called. Reads wait.
 */
public final class Device {
    private final DeviceId id;
    private final String description;
    private final DataType floatingType;
    private final DeviceKernels kernels;
    private final Memory memory = new Memory(this);
    private final Elementwise elementwise = new Elementwise(this);
    private final Reductions reductions = new Reductions(this);
    private final Matrices matrices = new Matrices(this);
    private final Convolutions convolutions = new Convolutions(this);
    private final Pooling pooling = new Pooling(this);
    private final Normalizations normalizations = new Normalizations(this);
    private final Random random = new Random(this);
    private final Updates updates = new Updates(this);

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

    /** For the operations: a tensor over {@code storage}, which this device's backend made for so many elements. */
    public Tensor over(Storage storage, Shape shape, DataType type) {
        return new Tensor(this, shape, type, storage);
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

    /** The bytes copied to this device from others since it was opened. */
    public long receivedBytes() {
        return memory.receivedBytes();
    }

    /** Nanoseconds this device has spent computing since it was opened, or -1 if the backend does not measure it. */
    public long busyNanos() {
        return kernels.memory().busyNanos();
    }

    /** The times of this device's operations, while a measurement is on. */
    public Profile profile() {
        return kernels.profile();
    }

    /** Reshaping, slices, concatenation, and copies from other devices. */
    public Memory memory() {
        return memory;
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
    public Matrices matrices() {
        return matrices;
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
    public Random random() {
        return random;
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

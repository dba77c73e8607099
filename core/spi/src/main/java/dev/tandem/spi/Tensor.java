package dev.tandem.spi;

/**
 * An array of numbers on one device: immutable shape and type, mutable contents.
 *
 * <p>A tensor made inside a {@link TensorScope} is closed with it unless {@linkplain TensorScope#keep kept}. Close any
 * other tensor after use; otherwise its memory is released when the garbage collector finds it, and logged, with the
 * place where it was made if the system property {@code tandem.tensors.trace} is true. Host reads and writes
 * are in row-major order (NCHW), whatever the backend's layout, and wait for the device. Tensors are not thread-safe:
 * one thread uses a device.
 */
public final class Tensor implements AutoCloseable {
    private final Device device;
    private final Shape shape;
    private final DataType type;
    private final Storage storage;
    private boolean closed;
    private int[] written;
    private Runnable cancelRelease;

    Tensor(Device device, Shape shape, DataType type, Storage storage) {
        this(device, shape, type, storage, true);
    }

    /** {@code scoped}: whether the innermost open scope of this thread owns it. */
    Tensor(Device device, Shape shape, DataType type, Storage storage, boolean scoped) {
        this.device = device;
        this.shape = shape;
        this.type = type;
        this.storage = storage;
        if (!scoped || !TensorScope.register(this)) {
            becomeUnowned();
        }
    }

    /** No scope closes this tensor from now on. */
    void becomeUnowned() {
        cancelRelease = ForgottenMemory.releaseOnceUnreachable(this);
    }

    private void cancelRelease() {
        if (cancelRelease != null) {
            cancelRelease.run();
            cancelRelease = null;
        }
    }

    /** The device that owns this tensor. */
    public Device device() {
        return device;
    }

    /** The extents. */
    public Shape shape() {
        return shape;
    }

    /** The element type. */
    public DataType type() {
        return type;
    }

    /** The backend's memory; for backends only. */
    public Storage storage() {
        if (closed) {
            throw TandemException.argument(
                    "tensor",
                    "used after it was closed",
                    this,
                    "an open tensor",
                    "Keep it in its scope, or read it before the scope ends");
        }
        return storage;
    }

    /** Whether {@link #close} has been called. */
    public boolean isClosed() {
        return closed;
    }

    /** The bytes that the elements take in row-major order. */
    public long bytes() {
        return shape.elements() * type.bytes();
    }

    /** All elements of a floating tensor, row-major; waits for the device. */
    public float[] read() {
        float[] values = new float[shape.arrayLength()];
        requireFloating("read");
        device.kernels().memory().read(this, values);
        return values;
    }

    /** All elements of a floating tensor at the device's full precision, row-major; waits for the device. */
    public double[] readDoubles() {
        double[] values = new double[shape.arrayLength()];
        requireFloating("read");
        device.kernels().memory().readDoubles(this, values);
        return values;
    }

    /** The only element of a one-element tensor; waits for the device. */
    public double readScalar() {
        if (shape.elements() != 1) {
            throw TandemException.argument(
                    "read scalar",
                    "more than one element",
                    shape,
                    "one element",
                    "Reduce the tensor first, or read() it whole");
        }
        return readDoubles()[0];
    }

    /** Replaces all elements of a floating tensor, row-major; {@code values} may be reused on return. */
    public Tensor write(float... values) {
        requireFloating("write");
        requireLength(values.length);
        device.kernels().memory().write(this, values);
        return this;
    }

    /**
     * Replaces all elements of a floating tensor, row-major, by the numbers of {@code from} from {@code first} on. If it
     * is memory of the device's own, they may be read after this has returned: {@link HostMemory#values} waits for that.
     */
    public Tensor write(HostMemory from, int first) {
        requireFloating("write");
        from.requireRange("write", first, shape.elements());
        device.kernels().memory().write(this, from, first);
        return this;
    }

    /** Replaces all elements of a floating tensor, row-major, rounding to its type. */
    public Tensor writeDoubles(double... values) {
        requireFloating("write");
        requireLength(values.length);
        device.kernels().memory().writeDoubles(this, values);
        return this;
    }

    /** Replaces all elements of an {@link DataType#I32} tensor, row-major. */
    public Tensor writeInts(int... values) {
        if (type != DataType.I32) {
            throw TandemException.argument(
                    "write", "integers into a floating tensor", type, DataType.I32, "Use write(float...)");
        }
        requireLength(values.length);
        device.kernels().memory().writeInts(this, values);
        written = values.clone();
        return this;
    }

    /**
     * The position of an element that the host has written and that is not 0 to {@code bound - 1}; -1 if there is none,
     * or if the elements came from elsewhere. Labels are so checked without waiting for the device.
     */
    public int firstOutside(int bound) {
        for (int i = 0; written != null && i < written.length; i++) {
            if (written[i] < 0 || written[i] >= bound) {
                return i;
            }
        }
        return -1;
    }

    /** The element at {@code index} as the host has written it; for what {@link #firstOutside} found. */
    public int written(int index) {
        return written[index];
    }

    private void requireFloating(String operation) {
        if (!type.isFloating()) {
            throw TandemException.argument(
                    operation,
                    "not a floating tensor",
                    type,
                    "F32 or F64",
                    "Labels are written with writeInts and not read back");
        }
    }

    private void requireLength(int length) {
        if (length != shape.elements()) {
            throw TandemException.argument(
                    "write",
                    "wrong number of values for shape " + shape,
                    length,
                    shape.elements(),
                    "Pass one value per element, row-major");
        }
    }

    /** Gives the memory back to the device; closing twice does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            cancelRelease();
            device.kernels().memory().release(storage);
        }
    }

    @Override
    public String toString() {
        return type + " " + shape + " on " + device.id();
    }
}

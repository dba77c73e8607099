package dev.tandem.spi;

import dev.tandem.spi.kernel.InputMemory;

/**
 * A tensor that is filled from the host again and again while its device computes with others; see
 * {@link dev.tandem.spi.op.Memory#input}. For one thread. No scope owns it.
 *
 * <p>Each use is {@link #fill}, {@link #take}, operations with the tensor, {@link #done}. A tensor that was filled may be
 * filled again without being taken.
 */
public final class InputTensor implements AutoCloseable {
    private final InputMemory memory;
    private final Tensor tensor;

    /** For {@link dev.tandem.spi.op.Memory}: a tensor of {@code shape} over {@code memory} of {@code device}. */
    public InputTensor(Device device, Shape shape, InputMemory memory) {
        this.memory = memory;
        this.tensor = new Tensor(device, shape, device.floatingType(), memory.storage(), false);
    }

    /** The shape. */
    public Shape shape() {
        return tensor.shape();
    }

    /**
     * Begins to replace all elements by the numbers of {@code from} from {@code first} on, row-major; returns at once.
     * The device computes on meanwhile.
     */
    public void fill(HostMemory from, int first) {
        from.requireRange("fill", first, shape().elements());
        tensor.storage();
        memory.fill(from, first);
    }

    /** The tensor, with the elements of the last {@link #fill} for all operations called from now on. Do not close it. */
    public Tensor take() {
        tensor.storage();
        memory.arrived();
        return tensor;
    }

    /** States that the operations that use what was taken have been called: the next {@link #fill} waits for these. */
    public void done() {
        tensor.storage();
        memory.done();
    }

    @Override
    public void close() {
        if (!tensor.isClosed()) {
            // What gets this memory next must not be overwritten by a fill that nobody took.
            memory.arrived();
            tensor.close();
        }
    }
}

package dev.tandem.backend.cuda.gpu;

import dev.tandem.spi.Tensor;

/**
 * Elements in a device's memory that an operation reads or writes.
 *
 * @param address where they begin; 0 for none
 */
public record Elements(long address, Format format, long count) {
    private static final Elements NONE = new Elements(0, Format.F32, 0);

    /** Those of a tensor as they are now; none for null. */
    public static Elements of(Tensor tensor) {
        if (tensor == null) {
            return NONE;
        }
        CudaStorage storage = CudaStorage.of(tensor);
        return new Elements(
                storage.block().address(), storage.format(), tensor.shape().elements());
    }

    /** {@code count} elements in single precision. */
    public static Elements exact(long address, long count) {
        return new Elements(address, Format.F32, count);
    }

    /** {@code length} of these, from {@code first} on. */
    public Elements range(long first, long length) {
        return new Elements(address + first * format.bytes(), format, length);
    }

    /** How many elements stand before the first one in the four that a kernel reads at once. */
    int placeInFour() {
        return (int) (address / format.bytes() % 4);
    }

    /** Whether a kernel can load the first four at once. */
    public boolean beginWithFour() {
        return address % (4L * format.bytes()) == 0;
    }

    /** The bytes that they take. */
    public long bytes() {
        return count * format.bytes();
    }
}

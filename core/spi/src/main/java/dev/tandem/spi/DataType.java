package dev.tandem.spi;

/** What one element of a tensor is. */
public enum DataType {
    /** IEEE single precision: parameters, activations and gradients on every production backend. */
    F32(4),
    /** IEEE double precision: the reference backend's arithmetic. */
    F64(8),
    /** Signed 32-bit integers: class labels. */
    I32(4);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes per element. */
    public int bytes() {
        return bytes;
    }

    /** Whether elements are real numbers, as opposed to labels. */
    public boolean isFloating() {
        return this != I32;
    }
}

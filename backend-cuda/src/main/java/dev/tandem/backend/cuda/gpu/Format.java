package dev.tandem.backend.cuda.gpu;

import dev.tandem.spi.Tensor;

/** How a tensor's elements lie in memory. The SPI knows single precision only; words of integers count as that. */
public enum Format {
    /** Single precision, or words of 32 bits. */
    F32(Float.BYTES),
    /** bfloat16: the upper half of single precision, rounded to the nearest, ties to even. */
    BF16(Short.BYTES);

    private final int bytes;

    Format(int bytes) {
        this.bytes = bytes;
    }

    /** The bytes of an element. */
    public int bytes() {
        return bytes;
    }

    /** That of a tensor at this moment: the next kernel that writes all of it may choose the other one. */
    public static Format of(Tensor tensor) {
        return CudaStorage.of(tensor).format();
    }
}

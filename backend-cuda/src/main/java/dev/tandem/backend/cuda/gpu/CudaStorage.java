package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.spi.Storage;
import dev.tandem.spi.Tensor;

/** A tensor's memory on {@code gpu}: always row-major. */
public record CudaStorage(Gpu gpu, Block block) implements Storage {
    /** The address of a tensor's first element; 0 for null. */
    public static long address(Tensor tensor) {
        return tensor == null ? 0 : ((CudaStorage) tensor.storage()).block().address();
    }
}

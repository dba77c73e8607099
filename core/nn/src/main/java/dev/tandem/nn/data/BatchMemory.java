package dev.tandem.nn.data;

import dev.tandem.spi.Device;
import dev.tandem.spi.HostMemory;
import java.util.List;

/**
 * Where the inputs of batches are: in the memory from which some devices take them most quickly.
 *
 * @param devices where the batches go; none for Java's arrays
 */
public record BatchMemory(List<Device> devices) {
    /** Java's arrays. */
    public static final BatchMemory ARRAYS = new BatchMemory(List.of());

    public BatchMemory {
        devices = List.copyOf(devices);
    }

    /** {@code length} zeros. */
    HostMemory allocate(int length) {
        return HostMemory.of(length, devices);
    }
}

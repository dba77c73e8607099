package dev.tandem.spi.kernel;

import dev.tandem.spi.HostMemory;
import dev.tandem.spi.Storage;

/**
 * Memory of a tensor on a device that is filled from the host while the device computes. What it does is ordered by the
 * calls: {@link #fill}, {@link #arrived}, operations with the tensor, {@link #done}, and so on.
 */
public interface InputMemory {
    /** The memory, as kernels take it. It is released as that of any tensor. */
    Storage storage();

    /**
     * Begins to replace all elements by the numbers of {@code from} from {@code first} on. The copy waits for the kernels
     * called before the last {@link #done}, and for no others. An array has been read on return; other memory is
     * told {@linkplain HostMemory#readBy who reads it}.
     */
    void fill(HostMemory from, int first);

    /** Kernels called from now on find the elements of the last {@link #fill}. */
    void arrived();

    /** Kernels called from now on do not use the elements until the next {@link #arrived}. */
    void done();
}

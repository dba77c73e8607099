package dev.tandem.spi;

import dev.tandem.spi.kernel.MemoryKernels;
import java.lang.ref.Cleaner;

/**
 * The memory of a tensor that no scope owns: if the tensor is forgotten without being closed, the garbage collector gives
 * the memory back some time.
 */
final class ForgottenMemory implements Runnable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final MemoryKernels kernels;
    private final Storage storage;
    private volatile boolean closed;

    private ForgottenMemory(MemoryKernels kernels, Storage storage) {
        this.kernels = kernels;
        this.storage = storage;
    }

    /** What gives the memory of {@code tensor} back once it is unreachable, unless it is called before; on any thread. */
    static Runnable watch(Tensor tensor) {
        // Nothing here may refer to the tensor, which would then stay reachable.
        ForgottenMemory memory = new ForgottenMemory(tensor.device().kernels().memory(), tensor.storage());
        Cleaner.Cleanable cleanable = CLEANER.register(tensor, memory);
        return () -> {
            memory.closed = true;
            cleanable.clean();
        };
    }

    @Override
    public void run() {
        if (!closed) {
            kernels.releaseForgotten(storage);
        }
    }
}

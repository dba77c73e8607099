package dev.tandem.spi;

import dev.tandem.spi.kernel.MemoryKernels;
import java.lang.ref.Cleaner;

/**
 * The memory of a tensor that no scope owns. If the tensor becomes unreachable without being closed, the garbage
 * collector releases the memory at some later time.
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

    /**
     * Releases the memory of {@code tensor} once it is unreachable, on any thread.
     *
     * @return cancels that, for a tensor that is closed
     */
    static Runnable releaseOnceUnreachable(Tensor tensor) {
        // A reference to the tensor from here would keep it reachable.
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

package dev.tandem.spi;

import dev.tandem.spi.kernel.MemoryKernels;
import java.lang.ref.Cleaner;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of a tensor that no scope owns. If the tensor becomes unreachable without being closed, the garbage
 * collector releases the memory at some later time. That is logged: once, or each time with where the tensor was made if
 * the system property {@value #TRACE} is true.
 */
final class ForgottenMemory implements Runnable {
    static final String TRACE = "tandem.tensors.trace";

    private static final Logger LOG = LoggerFactory.getLogger(ForgottenMemory.class);
    private static final Cleaner CLEANER = Cleaner.create();
    private static final AtomicBoolean LOGGED = new AtomicBoolean();

    private final MemoryKernels kernels;
    private final Storage storage;
    private final String description;
    private final Optional<Throwable> made;
    private volatile boolean closed;

    private ForgottenMemory(Tensor tensor) {
        this.kernels = tensor.device().kernels().memory();
        this.storage = tensor.storage();
        this.description = tensor.toString();
        this.made = Boolean.getBoolean(TRACE) ? Optional.of(new Throwable("made here")) : Optional.empty();
    }

    /**
     * Releases the memory of {@code tensor} once it is unreachable, on any thread.
     *
     * @return cancels that, for a tensor that is closed
     */
    static Runnable releaseOnceUnreachable(Tensor tensor) {
        // A reference to the tensor from here would keep it reachable.
        ForgottenMemory memory = new ForgottenMemory(tensor);
        Cleaner.Cleanable cleanable = CLEANER.register(tensor, memory);
        return () -> {
            memory.closed = true;
            cleanable.clean();
        };
    }

    @Override
    public void run() {
        if (closed) {
            return;
        }
        kernels.releaseForgotten(storage);
        if (made.isPresent()) {
            LOG.warn("A tensor was not closed: {}", description, made.get());
        } else if (!LOGGED.getAndSet(true)) {
            LOG.info(
                    "Tensors were not closed, such as {}: memory was taken longer than needed. Start Java with -D{}=true"
                            + " to see where they are made",
                    description,
                    TRACE);
        }
    }
}

package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import dev.tandem.spi.HostMemory;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory outside of Java's heap that GPUs read by themselves. Java owns it: it is pinned while Java refers to this and the
 * backend is open, and it stays readable for Java after that.
 */
public final class PinnedMemory extends HostMemory {
    private static final Logger LOG = LoggerFactory.getLogger(PinnedMemory.class);
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int PAGE = 4096;
    private static final int PORTABLE = JCudaDriver.CU_MEMHOSTREGISTER_PORTABLE;

    private final Pinned pinned;

    private PinnedMemory(int length, Pinned pinned) {
        super(pinned.bytes.asFloatBuffer().slice(0, length));
        this.pinned = pinned;
    }

    /** Pinned pages. They are held from here until they are no longer pinned, or others could get their addresses. */
    private static final class Pinned {
        private final DeviceStream stream;
        private final ByteBuffer bytes;
        private final Pointer pointer;

        Pinned(DeviceStream stream, ByteBuffer bytes) {
            this.stream = stream;
            this.bytes = bytes;
            this.pointer = Pointer.to(bytes);
        }

        void pin() {
            stream.makeCurrent();
            check("cuMemHostRegister", JCudaDriver.cuMemHostRegister(pointer, bytes.capacity(), PORTABLE));
        }

        /** There is nothing to do about a failure: the device was lost, and the pinning with it. */
        void unpin() {
            try {
                stream.makeCurrent();
                check("cuMemHostUnregister", JCudaDriver.cuMemHostUnregister(pointer));
            } catch (DriverException e) {
                LOG.debug("Memory was not unpinned", e);
            }
        }
    }

    /** All pinned memory of one backend. For any thread. */
    public static final class Pool implements AutoCloseable {
        private final Set<Pinned> all = ConcurrentHashMap.newKeySet();
        private boolean closed;
        private boolean warned;

        /**
         * Memory of {@code length} zeros for the devices of the backend, one of which has {@code stream}; null if none can
         * be had.
         */
        public synchronized @Nullable PinnedMemory allocate(int length, DeviceStream stream) {
            long whole = ((long) length * Float.BYTES + PAGE - 1) / PAGE * PAGE;
            if (closed || length == 0 || whole + PAGE > Integer.MAX_VALUE) {
                return null;
            }
            try {
                ByteBuffer pages = ByteBuffer.allocateDirect((int) whole + PAGE)
                        .alignedSlice(PAGE)
                        .slice(0, (int) whole)
                        .order(ByteOrder.nativeOrder());
                Pinned pinned = new Pinned(stream, pages);
                pinned.pin();
                all.add(pinned);
                PinnedMemory memory = new PinnedMemory(length, pinned);
                CLEANER.register(memory, () -> release(pinned));
                return memory;
            } catch (OutOfMemoryError | DriverException e) {
                if (!warned) {
                    LOG.warn(
                            "Batches are copied through buffers: no {} MiB of pinned memory: {}",
                            whole >> 20,
                            e.getMessage());
                    warned = true;
                }
                return null;
            }
        }

        private void release(Pinned pinned) {
            if (all.remove(pinned)) {
                pinned.unpin();
            }
        }

        /** Forgets all memory, as a device was lost: the driver is not asked for more. */
        public synchronized void abandon() {
            closed = true;
            all.clear();
        }

        /** Ends the pinning. No copy may be under way. */
        @Override
        public synchronized void close() {
            closed = true;
            List.copyOf(all).forEach(this::release);
        }
    }

    /** Where the driver finds the number at {@code first}; null if the devices of {@code backend} cannot read it. */
    @Nullable
    Pointer pointer(Pool backend, int first) {
        return backend.all.contains(pinned) ? pinned.pointer.withByteOffset((long) first * Float.BYTES) : null;
    }
}

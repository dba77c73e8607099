package dev.tandem.imagenet;

import com.sun.management.ThreadMXBean;
import dev.tandem.imagenet.decode.BadImage;
import java.lang.management.ManagementFactory;

/** How much memory of the Java heap this thread takes for something. */
public final class AllocatedMemory {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private AllocatedMemory() {}

    /** Decodes something. */
    public interface Decoding {
        void run() throws BadImage;
    }

    /** The bytes that {@code decoding} takes, given back or not, also if it fails. */
    public static long of(Decoding decoding) throws BadImage {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        decoding.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}

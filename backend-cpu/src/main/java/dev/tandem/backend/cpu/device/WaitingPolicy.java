package dev.tandem.backend.cpu.device;

import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How OpenMP's idle threads wait. By default they spin for long, and on a busy machine that makes every operation
 * several times slower. To wake one that sleeps takes some 50 microseconds, and one image takes 20 short operations. So
 * they spin for a moment. OpenMP reads GOMP_SPINCOUNT from the process's environment once, when its library is loaded,
 * and Java cannot write there. So C's {@code putenv} is called, for the time of loading, by the one native method of
 * JavaCPP that calls a function of one pointer: that which frees memory. Where this does not work, they spin for long.
 */
final class WaitingPolicy {
    private static final Logger LOG = LoggerFactory.getLogger(WaitingPolicy.class);
    private static final String VARIABLE = "OMP_WAIT_POLICY";
    private static final String SPIN_COUNT = "GOMP_SPINCOUNT";

    /** Some 20 microseconds. */
    private static final int MOMENT = 1000;

    /** The environment refers to this text itself, so it is never freed. */
    private static BytePointer assignment;

    private WaitingPolicy() {}

    /**
     * Runs {@code load}, which loads native libraries, so that OpenMP's threads spin for a moment unless told how they
     * wait.
     */
    static synchronized void brieflyDuring(Runnable load) {
        // Java copies the environment when it is first asked for, here: our change is seen by native code alone.
        boolean told = System.getenv(VARIABLE) != null || System.getenv(SPIN_COUNT) != null;
        boolean set = !told && setMoment();
        try {
            load.run();
        } finally {
            if (set) {
                call("unsetenv", new BytePointer(SPIN_COUNT, StandardCharsets.US_ASCII));
            }
        }
    }

    private static boolean setMoment() {
        try {
            assignment = new BytePointer(SPIN_COUNT + "=" + MOMENT, StandardCharsets.US_ASCII);
        } catch (LinkageError e) {
            return false; // no native code at all here: whoever loads it says why
        }
        return call("putenv", assignment);
    }

    /** Calls a C function of one text; whether that worked. */
    private static boolean call(String function, BytePointer text) {
        try {
            Pointer address = Loader.addressof(function);
            if (address == null || address.isNull()) {
                return false;
            }
            Function.call(address, text);
            return true;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            LOG.info(
                    "Compute threads spin while they wait, which is slow on a busy machine ({} cannot be called: {})."
                            + " Set OMP_WAIT_POLICY=passive in the environment to avoid that",
                    function,
                    e.toString());
            return false;
        }
    }

    /** A subclass, because the method is for those. */
    private static final class Function extends Pointer {
        static void call(Pointer function, Pointer argument) throws ReflectiveOperationException {
            Constructor<NativeDeallocator> caller =
                    NativeDeallocator.class.getDeclaredConstructor(Pointer.class, long.class, long.class);
            caller.setAccessible(true);
            caller.newInstance(argument, argument.address(), function.address()).deallocate();
        }
    }
}

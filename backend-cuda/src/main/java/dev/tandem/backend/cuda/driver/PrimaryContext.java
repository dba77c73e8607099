package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device's primary context, which other CUDA libraries of the process share. It is kept for the life of the process:
 * the libraries hold state in it, and to make it takes some tenths of a second. Only a context that a failure has left
 * unusable is given back, once the last device in it is closed; a device that is opened after that gets a new one.
 */
public final class PrimaryContext {
    private static final Logger LOG = LoggerFactory.getLogger(PrimaryContext.class);
    private static final long MOST_SECONDS_TO_RELEASE = 3;
    private static final Map<Integer, PrimaryContext> KEPT = new HashMap<>();

    private final int ordinal;
    private final CUdevice device;
    private final CUcontext context = new CUcontext();
    private int users;
    private boolean lost;

    private PrimaryContext(int ordinal) {
        this.ordinal = ordinal;
        device = Driver.device(ordinal);
        check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    }

    /** The context of the device of this number; adds a user of it. */
    public static PrimaryContext of(int ordinal) {
        synchronized (KEPT) {
            PrimaryContext kept = KEPT.get(ordinal);
            if (kept == null) {
                kept = new PrimaryContext(ordinal);
                KEPT.put(ordinal, kept);
            }
            kept.users++;
            return kept;
        }
    }

    /** Makes it current on this thread. */
    void makeCurrent() {
        check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
    }

    CUdevice device() {
        return device;
    }

    CUcontext handle() {
        return context;
    }

    /**
     * Removes a user, whose thread has ended.
     *
     * @param isLost whether a failure has left the context unusable
     */
    public void release(boolean isLost) {
        synchronized (KEPT) {
            users--;
            lost |= isLost;
            if (users == 0 && lost) {
                KEPT.remove(ordinal);
                giveBack();
            }
        }
    }

    /**
     * Gives a lost context back, and does not wait long for a driver that may never answer. A failure is logged: there
     * is nothing else to do about it, and other devices have to be closed, too.
     */
    private void giveBack() {
        Thread thread = new Thread(
                () -> {
                    try {
                        check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device));
                    } catch (DriverException e) {
                        LOG.warn("GPU {} cannot be used again in this process: {}", ordinal, e.getMessage());
                    }
                },
                "tandem-release-" + ordinal);
        thread.setDaemon(true);
        thread.start();
        try {
            TimeUnit.SECONDS.timedJoin(thread, MOST_SECONDS_TO_RELEASE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.tandem.spi;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The operations of one device, timed between {@link #start} and {@link #stop}. The caller sets {@linkplain #at what
 * the operations are for}; the backend adds an entry for each operation once it is done, or later, with the times of
 * the device's own clock.
 */
public final class Profile {
    /** The part of a step that brings a batch to the device: images, labels and targets. */
    public static final String BATCH = "host: batch to device";

    /** The part of a step that brings results back: the loss, or predictions. */
    public static final String RESULTS = "host: results back";

    private static final Profile NONE = new Profile(false, () -> {});

    private final boolean supported;
    private final Runnable settle;
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> served = new LinkedHashSet<>();
    private volatile boolean recording;
    private volatile int recordings;
    private volatile Place place = new Place("", Phase.FORWARD, Gradient.NONE);
    // Of the device's thread: when its last operation ended, when the one under way began, and how long that waited.
    private long free;
    private long began;
    private long waited;
    private Idle idle = new Idle(0, 0);

    /** The parts of a training step. */
    public enum Phase {
        /** Outputs from inputs. */
        FORWARD,
        /** Gradients. */
        BACKWARD,
        /** The optimizer. */
        UPDATE
    }

    /** Which gradient a layer's product computes. */
    public enum Gradient {
        /** None, or it is no product of a layer. */
        NONE,
        /** The gradient with respect to the layer's input. */
        INPUT,
        /** The gradients with respect to the layer's parameters. */
        PARAMETERS
    }

    /**
     * What an operation is for.
     *
     * @param layer a layer's name, or another part of the step
     * @param phase the part of the step
     * @param gradient which gradient of the layer it computes
     */
    public record Place(String layer, Phase phase, Gradient gradient) {}

    /**
     * An operation that was asked for.
     *
     * @param place what it is for
     * @param nanos when it was asked for, by {@link System#nanoTime}
     * @param recording the number of the recording that it belongs to
     */
    public record Call(Place place, long nanos, int recording) {}

    /**
     * The time of a recording in which the device computed nothing, in nanoseconds. With the times of all entries that
     * did not run beside others it is the time from the start of the recording to its end.
     *
     * @param waiting nothing had been asked for yet, or another device was not ready
     * @param between work had been asked for: the hand-over between threads, and Java around the kernels
     */
    public record Idle(long waiting, long between) {}

    /**
     * One operation.
     *
     * @param place what it was for
     * @param operation the operation, as in error messages
     * @param implementation the implementation, such as {@code jit:avx512_core}; several are joined by {@code +}, and
     *     it is empty for the backend's own plain code
     * @param nanos its time on the device, waiting for other devices not included
     * @param beside whether it ran beside the device's other operations, as copies to a GPU do
     */
    public record Entry(Place place, String operation, String implementation, long nanos, boolean beside) {}

    /** For backends that measure each operation as it ends: a profile of one device. */
    public Profile() {
        this(true, () -> {});
    }

    /**
     * For backends that know later when operations ran.
     *
     * @param settle waits for the operations and calls {@link #ran} for each of which that was not called yet
     */
    public Profile(Runnable settle) {
        this(true, settle);
    }

    private Profile(boolean supported, Runnable settle) {
        this.supported = supported;
        this.settle = settle;
    }

    /** The profile of devices that do not measure. */
    public static Profile none() {
        return NONE;
    }

    /** Starts a new recording of the operations called from now on. */
    public void start() {
        if (!supported) {
            throw TandemException.argument(
                    "profile", "this device does not time its operations", "no profile", "a backend that has one", "");
        }
        synchronized (entries) {
            entries.clear();
            idle = new Idle(0, 0);
            free = System.nanoTime();
            recordings++;
        }
        recording = true;
    }

    /** Ends the recording and returns it, in the order of execution. Synchronize the device before. */
    public List<Entry> stop() {
        boolean wasRecording = recording;
        recording = false;
        if (wasRecording) {
            settle.run();
        }
        synchronized (entries) {
            if (wasRecording) {
                addIdle(System.nanoTime() - free, 0);
            }
            return List.copyOf(entries);
        }
    }

    /** The time of the last recording in which the device computed nothing. */
    public Idle idle() {
        synchronized (entries) {
            return idle;
        }
    }

    /** The operations from now on are for {@code layer}, in {@code phase}. */
    public void at(String layer, Phase phase) {
        if (supported) {
            place = new Place(layer, phase, Gradient.NONE);
        }
    }

    /** Asks for {@code operations}, which are for {@code layer}; those after them are for what they were for before. */
    public <T> T during(String layer, Supplier<T> operations) {
        if (!recording) {
            return operations.get();
        }
        Place before = place;
        place = new Place(layer, Phase.FORWARD, Gradient.NONE);
        try {
            return operations.get();
        } finally {
            place = before;
        }
    }

    /** Asks for {@code operation}, which computes {@code gradient} of the layer that operations are for. */
    public void computing(Gradient gradient, Runnable operation) {
        if (!recording) {
            operation.run();
            return;
        }
        Place before = place;
        place = new Place(before.layer(), before.phase(), gradient);
        try {
            operation.run();
        } finally {
            place = before;
        }
    }

    /** What operations are for at this moment. */
    public Place place() {
        return place;
    }

    /** For backends: what an operation called now is for, and when that was; null if it is not to be timed. */
    public @Nullable Call call() {
        return recording ? new Call(place, System.nanoTime(), recordings) : null;
    }

    /** For backends: whether operations called now are to be timed. */
    public boolean isRecording() {
        return recording;
    }

    /** For backends, on the device's thread: an operation begins; what served one before that failed is forgotten. */
    public void begin(Call call) {
        synchronized (entries) {
            began = System.nanoTime();
            long waiting = Math.max(0, call.nanos() - free);
            addIdle(waiting, began - free - waiting);
        }
        waited = 0;
        served.clear();
    }

    /** For backends, on the device's thread: the operation under way waited so long for another device. */
    public void waited(long nanos) {
        waited += nanos;
    }

    /** For backends, on the device's thread: names what serves the operation under way. */
    public void servedBy(String implementation) {
        if (recording) {
            served.add(implementation);
        }
    }

    /** For backends, on the device's thread: the operation under way, called as {@code call}, took {@code nanos}. */
    public void end(Call call, String operation, long nanos) {
        synchronized (entries) {
            entries.add(new Entry(call.place(), operation, String.join("+", served), nanos, false));
            free = System.nanoTime();
            addIdle(waited, free - began - nanos - waited);
        }
        served.clear();
    }

    /** For backends, on the device's thread: what has served since this was called last. */
    public String takeServed() {
        String all = String.join("+", served);
        served.clear();
        return all;
    }

    /**
     * For backends that know later when operations ran: one more did. Calls are in the order in which the device ran
     * them, but for those that ran beside others.
     *
     * @param implementation {@linkplain #takeServed what served it}
     * @param beganNanos when it began, by {@link System#nanoTime}
     * @param nanos its time on the device
     * @param waited whether it began as late as it did because something else was not ready
     * @param beside whether it ran beside others
     */
    public void ran(
            Call call,
            String operation,
            String implementation,
            long beganNanos,
            long nanos,
            boolean waited,
            boolean beside) {
        synchronized (entries) {
            if (call.recording() != recordings) {
                return;
            }
            entries.add(new Entry(call.place(), operation, implementation, nanos, beside));
            if (!beside) {
                long gap = beganNanos - free;
                long waiting = waited ? gap : Math.max(0, Math.min(gap, call.nanos() - free));
                addIdle(waiting, gap - waiting);
                free = beganNanos + nanos;
            }
        }
    }

    private void addIdle(long waiting, long between) {
        idle = new Idle(idle.waiting() + waiting, idle.between() + between);
    }
}

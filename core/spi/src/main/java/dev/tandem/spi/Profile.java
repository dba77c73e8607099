package dev.tandem.spi;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The operations of one device, timed between {@link #start} and {@link #stop}. The caller sets {@linkplain #at what
 * the operations are for}; the backend adds an entry for each operation once it is done.
 */
public final class Profile {
    private static final Profile NONE = new Profile(false);

    private final boolean supported;
    private final List<Entry> entries = new ArrayList<>();
    private final Set<String> served = new LinkedHashSet<>();
    private volatile boolean recording;
    private volatile Place place = new Place("", Phase.FORWARD, Gradient.NONE);

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
     * One operation.
     *
     * @param place what it was for
     * @param operation the operation, as in error messages
     * @param implementation the implementation, such as {@code jit:avx512_core}; several are joined by {@code +}, and
     *     it is empty for the backend's own plain code
     * @param nanos its time on the device, waiting for other devices not included
     */
    public record Entry(Place place, String operation, String implementation, long nanos) {}

    /** For backends that measure: a profile of one device. */
    public Profile() {
        this(true);
    }

    private Profile(boolean supported) {
        this.supported = supported;
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
        }
        recording = true;
    }

    /** Ends the recording and returns it, in the order of execution. Synchronize the device before. */
    public List<Entry> stop() {
        recording = false;
        synchronized (entries) {
            return List.copyOf(entries);
        }
    }

    /** The operations from now on are for {@code layer}, in {@code phase}. */
    public void at(String layer, Phase phase) {
        if (supported) {
            place = new Place(layer, phase, Gradient.NONE);
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

    /** For backends: whether operations called now are to be timed. */
    public boolean isRecording() {
        return recording;
    }

    /** For backends, on the device's thread: an operation begins; what served one before that failed is forgotten. */
    public void begin() {
        served.clear();
    }

    /** For backends, on the device's thread: names what serves the operation under way. */
    public void servedBy(String implementation) {
        if (recording) {
            served.add(implementation);
        }
    }

    /** For backends, on the device's thread: {@code operation}, called at {@code place}, took {@code nanos}. */
    public void add(Place place, String operation, long nanos) {
        synchronized (entries) {
            entries.add(new Entry(place, operation, String.join("+", served), nanos));
        }
        served.clear();
    }
}

package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.StreamClock;
import dev.tandem.spi.Profile;
import java.util.ArrayList;
import java.util.List;

/** When the operations of a stream ran, noted as they are asked for and read once they are done. For the device's thread. */
final class OperationTimes {
    private final StreamClock clock;
    private final Profile profile;
    private final boolean beside;
    private final List<Pending> pending = new ArrayList<>();
    private int recording;
    private int began;
    private boolean waited;

    /** An operation from point {@code began} of the stream to point {@code ended}. */
    private record Pending(
            Profile.Call call, String operation, String implementation, int began, int ended, boolean waited) {}

    /**
     * Times for {@code profile}.
     *
     * @param beside whether the stream's operations run beside those of the device's main stream
     */
    OperationTimes(StreamClock clock, Profile profile, boolean beside) {
        this.clock = clock;
        this.profile = profile;
        this.beside = beside;
    }

    /** An operation begins; what served one before that failed is forgotten. */
    void begin(Profile.Call call) {
        if (call.recording() != recording) {
            pending.clear();
            clock.restart();
            recording = call.recording();
        } else if (clock.isNearlyFull()) {
            settle();
            clock.restart();
        }
        profile.takeServed();
        began = clock.mark();
        waited = false;
    }

    /** What the stream has done for the operation so far was waiting for others. */
    void rebegin() {
        began = clock.mark();
        waited = true;
    }

    void end(Profile.Call call, String operation) {
        pending.add(new Pending(call, operation, profile.takeServed(), began, clock.mark(), waited));
    }

    /** Waits for all operations, and adds them to the profile. */
    void settle() {
        clock.await();
        for (Pending each : pending) {
            profile.ran(
                    each.call(),
                    each.operation(),
                    each.implementation(),
                    clock.nanos(each.began()),
                    clock.between(each.began(), each.ended()),
                    each.waited(),
                    beside);
        }
        pending.clear();
    }
}

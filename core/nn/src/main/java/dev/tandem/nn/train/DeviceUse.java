package dev.tandem.nn.train;

import dev.tandem.spi.Device;
import java.util.List;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What one device did in an epoch's training.
 *
 * @param device its name
 * @param receivedBytes bytes copied to it from other devices
 * @param busySeconds how long it computed; null if the backend does not measure it
 * @param idleShare share of the time it computed nothing, 0 to 1; null if the backend does not measure it
 */
public record DeviceUse(
        String device,
        long receivedBytes,
        @Nullable Double busySeconds,
        @Nullable Double idleShare) {
    /** Begins to measure {@code devices}; the result takes the seconds since. */
    static DoubleFunction<List<DeviceUse>> measure(List<Device> devices) {
        List<Mark> marks = devices.stream().map(Mark::of).toList();
        return seconds -> marks.stream().map(mark -> mark.since(seconds)).toList();
    }

    /** A device's counters at one moment. */
    private record Mark(Device device, long receivedBytes, long busyNanos) {
        static Mark of(Device device) {
            return new Mark(device, device.receivedBytes(), device.busyNanos());
        }

        /** What was done since, in {@code seconds}. */
        DeviceUse since(double seconds) {
            long now = device.busyNanos();
            Double busy = now < 0 ? null : (now - busyNanos) / 1e9;
            Double idle = busy == null ? null : Math.max(0, 1 - busy / seconds);
            return new DeviceUse(device.id().toString(), device.receivedBytes() - receivedBytes, busy, idle);
        }
    }
}

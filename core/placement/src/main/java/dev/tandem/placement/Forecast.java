package dev.tandem.placement;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.nn.train.Sgd;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.Shape;
import dev.tandem.spi.dryrun.DryRun;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What one training step will cost each device, found by taking it on devices that only count.
 *
 * @param devices by device, its share
 */
public record Forecast(List<Share> devices) {
    /**
     * One device's share of a training step.
     *
     * @param bytes the most memory held at once; a backend's own workspaces come on top
     * @param receivedBytes bytes copied to it from other devices
     * @param multiplyAdds multiply-adds of its convolutions and matrix products, forward and backward
     */
    public record Share(long bytes, long receivedBytes, long multiplyAdds) {}

    /** The cost of training {@code network} on batches of shape {@code input} over {@code devices} devices. */
    public static Forecast of(
            Sequential network, Shape input, Function<Sequential, PlacementTable> table, int devices) {
        List<DryRun> dry = IntStream.range(0, devices)
                .mapToObj(index -> new DryRun(new DeviceId("dry-run", index)))
                .toList();
        DevicePlacement placement =
                new DevicePlacement(dry.stream().map(DryRun::device).toList(), table);
        try (var model = placement.place(network, input, true)) {
            model.step(new HostBatch(input), new StepSettings(0, 0, Sgd.paper(), 0.01, Map.of()));
        }
        return new Forecast(dry.stream()
                .map(run -> new Share(run.peakBytes(), run.device().receivedBytes(), run.multiplyAdds()))
                .toList());
    }

    /** The memory of all devices together. */
    public long bytes() {
        return devices.stream().mapToLong(Share::bytes).sum();
    }

    /** The bytes that cross between devices in a step. */
    public long crossedBytes() {
        return devices.stream().mapToLong(Share::receivedBytes).sum();
    }
}

package dev.tandem.placement;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.nn.train.Sgd;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.placement.ShardedParameters.ParameterShard;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What one training step will cost each device, and each layer on it, found by taking it on devices that only count.
 *
 * @param devices by device, its share
 * @param layers the layers, in order, then the loss
 */
public record Forecast(List<Share> devices, List<LayerForecast> layers) {
    /**
     * One device's share of a training step.
     *
     * @param bytes the most memory held at once; a backend's own workspaces come on top
     * @param parameterBytes of these, for parameters
     * @param momentumBytes of these, for velocities
     * @param activationBytes of these, what the forward pass leaves: activations, and copies of parameters that lie
     *     elsewhere; what remains of {@code bytes} holds gradients and intermediate results
     * @param receivedBytes bytes copied to it from other devices
     * @param multiplyAdds multiply-adds of its convolutions and matrix products, forward and backward
     */
    public record Share(
            long bytes,
            long parameterBytes,
            long momentumBytes,
            long activationBytes,
            long receivedBytes,
            long multiplyAdds) {}

    /** The cost of training {@code network} on batches of shape {@code input} over {@code devices} devices. */
    public static Forecast of(
            Sequential network, Shape input, Function<Sequential, PlacementTable> table, int devices) {
        List<DryRun> dry = IntStream.range(0, devices)
                .mapToObj(index -> new DryRun(new DeviceId("dry-run", index)))
                .toList();
        Plan plan = Plan.of(
                network,
                input,
                table.apply(network),
                dry.stream().map(DryRun::device).toList(),
                true);
        StepLedger ledger = new StepLedger(dry);
        try (ShardedModel model = new ShardedModel(plan, true, ledger::turnTo)) {
            model.step(new HostBatch(input), new StepSettings(0, 0, Sgd.paper(), 0.01, Map.of()));
            ledger.settle();
            List<ParameterShard> shards = model.shards();
            List<Share> shares = IntStream.range(0, devices)
                    .mapToObj(index -> share(dry.get(index), shards, ledger.heldAfterForward(index)))
                    .toList();
            List<LayerForecast> layers = new ArrayList<>();
            ShardedStep before = null;
            for (ShardedStep step : plan.steps()) {
                layers.add(ledger.layer(plan, step, before, shards));
                before = step;
            }
            layers.add(ledger.loss(before));
            return new Forecast(shares, List.copyOf(layers));
        }
    }

    private static Share share(DryRun dry, List<ParameterShard> shards, long heldAfterForward) {
        List<ParameterShard> here = shards.stream()
                .filter(shard -> shard.parameter().device() == dry.device())
                .toList();
        long parameters = bytes(here.stream().map(ParameterShard::parameter).toList());
        long momentum = bytes(here.stream().map(ParameterShard::velocity).toList());
        return new Share(
                dry.peakBytes(),
                parameters,
                momentum,
                heldAfterForward - parameters - momentum,
                dry.device().receivedBytes(),
                dry.multiplyAdds());
    }

    private static long bytes(List<Tensor> tensors) {
        return tensors.stream().mapToLong(Tensor::bytes).sum();
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

package dev.tandem.placement;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.placement.ShardedParameters.ParameterShard;
import dev.tandem.spi.DeviceId;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What one training step will cost each device and each layer, found by running it on devices that only count.
 *
 * @param devices the devices, in order
 * @param layers the layers, in order, then the loss
 */
public record Forecast(List<DeviceForecast> devices, List<LayerForecast> layers) {
    /**
     * The cost of training {@code network} on batches of shape {@code input} over {@code devices} devices, as the paper
     * does.
     */
    public static Forecast of(Network network, Shape input, Function<Network, PlacementTable> table, int devices) {
        return of(network, List.of(input), Training.paper(), table, devices);
    }

    /** The cost of training {@code network} on batches of shape {@code input} over {@code devices} devices. */
    public static Forecast of(
            Network network, Shape input, Training training, Function<Network, PlacementTable> table, int devices) {
        return of(network, List.of(input), training, table, devices);
    }

    /** As {@link #of(Network, Shape, Training, Function, int)}, for a network of several inputs. */
    public static Forecast of(
            Network network,
            List<Shape> inputs,
            Training training,
            Function<Network, PlacementTable> table,
            int devices) {
        return of(network, inputs, training, table, Collections.nCopies(devices, false));
    }

    /**
     * As {@link #of(Network, List, Training, Function, int)}, over devices that may copy the inputs of the next batch
     * while they compute, and then have room for those of two batches.
     *
     * @param copiesAhead for each device, whether it does, as GPUs do
     */
    public static Forecast of(
            Network network,
            List<Shape> inputs,
            Training training,
            Function<Network, PlacementTable> table,
            List<Boolean> copiesAhead) {
        int devices = copiesAhead.size();
        List<DryRun> dry = IntStream.range(0, devices)
                .mapToObj(index -> new DryRun(new DeviceId("dry-run", index), copiesAhead.get(index)))
                .toList();
        Plan plan = Plan.of(
                network,
                inputs,
                table.apply(network),
                dry.stream().map(DryRun::device).toList(),
                true);
        StepLedger ledger = new StepLedger(dry);
        try (ShardedModel model = new ShardedModel(plan, training, ledger)) {
            HostBatch batch = HostBatch.of(inputs);
            model.prefetch(batch);
            model.prefetch(batch); // as the next one
            model.step(batch, new StepSettings(0, 0, 0.01));
            ledger.end();
            List<ParameterShard> shards = model.shards();
            List<DeviceForecast> deviceForecasts = IntStream.range(0, devices)
                    .mapToObj(index -> device(dry.get(index), shards, ledger.heldAfterForward(index)))
                    .toList();
            List<LayerForecast> layers = new ArrayList<>();
            for (ShardedStep step : plan.steps()) {
                layers.add(ledger.layer(plan, step, shards));
            }
            layers.add(ledger.loss(plan));
            return new Forecast(deviceForecasts, List.copyOf(layers));
        }
    }

    private static DeviceForecast device(DryRun dry, List<ParameterShard> shards, long heldAfterForward) {
        List<ParameterShard> here = shards.stream()
                .filter(shard -> shard.parameter().device() == dry.device())
                .toList();
        long parameters = bytes(here.stream().map(ParameterShard::parameter).toList());
        long momentum = bytes(
                here.stream().flatMap(shard -> shard.state().values().stream()).toList());
        return new DeviceForecast(
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
        return devices.stream().mapToLong(DeviceForecast::bytes).sum();
    }

    /** The bytes that cross between devices in a step. */
    public long crossedBytes() {
        return devices.stream().mapToLong(DeviceForecast::receivedBytes).sum();
    }
}

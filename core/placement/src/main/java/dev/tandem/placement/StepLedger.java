package dev.tandem.placement;

import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.placement.LayerForecast.Received;
import dev.tandem.placement.LayerForecast.Shard;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.placement.ShardedParameters.ParameterShard;
import dev.tandem.spi.Shape;
import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Attributes what each device counts in a training step to the current layer and phase. */
final class StepLedger implements PhaseListener {
    /** A device's counters. */
    private record Count(long receivedBytes, long multiplyAdds) {
        static final Count NONE = new Count(0, 0);

        static Count of(DryRun dry) {
            return new Count(dry.device().receivedBytes(), dry.multiplyAdds());
        }

        Count plus(Count other) {
            return new Count(receivedBytes + other.receivedBytes, multiplyAdds + other.multiplyAdds);
        }

        Count minus(Count other) {
            return new Count(receivedBytes - other.receivedBytes, multiplyAdds - other.multiplyAdds);
        }
    }

    private final List<DryRun> devices;
    /** By step (null for the loss) and phase, a count for each device. */
    private final Map<ShardedStep, Map<Phase, List<Count>>> counts = new IdentityHashMap<>();

    private List<Count> atPhaseStart;
    private List<Long> heldAfterForward;
    private ShardedStep step;
    private Phase phase;

    StepLedger(List<DryRun> devices) {
        this.devices = devices;
        this.atPhaseStart = count();
    }

    private List<Count> count() {
        return devices.stream().map(Count::of).toList();
    }

    /** Ends the current phase. From now on counts belong to {@code nextPhase} of {@code nextStep}. */
    @Override
    public void onPhase(ShardedStep nextStep, Phase nextPhase) {
        end();
        step = nextStep;
        phase = nextPhase;
        if (heldAfterForward == null && nextPhase == Phase.BACKWARD) {
            heldAfterForward =
                    devices.stream().map(dry -> dry.device().memoryUse().used()).toList();
        }
    }

    /** Adds what was counted since the current phase began to that phase. */
    void end() {
        List<Count> now = count();
        if (phase != null) {
            Map<Phase, List<Count>> phases = counts.computeIfAbsent(step, s -> new EnumMap<>(Phase.class));
            List<Count> sum = new ArrayList<>();
            for (int index = 0; index < devices.size(); index++) {
                Count since = now.get(index).minus(atPhaseStart.get(index));
                sum.add(count(phases, phase, index).plus(since));
            }
            phases.put(phase, sum);
        }
        atPhaseStart = now;
    }

    private static Count count(Map<Phase, List<Count>> phases, Phase phase, int index) {
        return phases.containsKey(phase) ? phases.get(phase).get(index) : Count.NONE;
    }

    /** The bytes that device {@code index} holds when the forward pass is done. */
    long heldAfterForward(int index) {
        return heldAfterForward.get(index);
    }

    /** The forecast of {@code layer}; {@code before} is the step before it, null for the first. */
    LayerForecast layer(Plan plan, ShardedStep layer, ShardedStep before, List<ParameterShard> parameters) {
        List<ParameterShard> own = parameters.stream()
                .filter(shard -> plan.owner(shard.spec().name()) == layer)
                .toList();
        int images = layer.input().dim(0);
        List<Shard> shards = new ArrayList<>();
        for (int index = 0; index < devices.size(); index++) {
            DryRun dry = devices.get(index);
            List<Shape> here = own.stream()
                    .map(ParameterShard::parameter)
                    .filter(parameter -> parameter.device() == dry.device())
                    .map(parameter -> parameter.shape())
                    .toList();
            ShardExtent output = layer.extent(index, devices.size(), images);
            if (output == null) {
                shards.add(shard(layer, index, here, null, null, List.of()));
                continue;
            }
            ShardExtent needed = layer.needed(index, output);
            shards.add(shard(
                    layer,
                    index,
                    here,
                    needed.shape(layer.input()),
                    output.shape(layer.output()),
                    sources(before, index, images, needed)));
        }
        return new LayerForecast(
                layer.step().name(),
                layer.axis(),
                own.stream()
                        .map(ParameterShard::spec)
                        .distinct()
                        .map(ParameterSpec::shape)
                        .toList(),
                layer.output(),
                shards);
    }

    /** The devices other than {@code index} that hold some of {@code needed}. */
    private List<Integer> sources(ShardedStep before, int index, int images, ShardExtent needed) {
        List<Integer> sources = new ArrayList<>();
        for (int other = 0; before != null && other < devices.size(); other++) {
            ShardExtent there = before.extent(other, devices.size(), images);
            if (other != index && there != null && there.intersect(needed) != null) {
                sources.add(other);
            }
        }
        return sources;
    }

    /** The forecast of the loss, which the first device computes from the output of {@code last}. */
    LayerForecast loss(ShardedStep last) {
        int images = last.output().dim(0);
        ShardExtent all = new ShardExtent(0, images, new ChannelRange(0, last.channels()));
        List<Shard> shards = new ArrayList<>();
        for (int index = 0; index < devices.size(); index++) {
            shards.add(
                    index == 0
                            ? shard(null, 0, List.of(), last.output(), Shape.scalar(), sources(last, 0, images, all))
                            : shard(null, index, List.of(), null, null, List.of()));
        }
        return new LayerForecast("(loss)", Axis.NONE, List.of(), Shape.scalar(), shards);
    }

    private Shard shard(
            ShardedStep layer, int index, List<Shape> parameters, Shape input, Shape output, List<Integer> sources) {
        Map<Phase, List<Count>> phases = counts.get(layer);
        Count all = Count.NONE;
        for (Phase each : Phase.values()) {
            all = all.plus(count(phases, each, index));
        }
        Received received = new Received(
                count(phases, Phase.INPUT, index).receivedBytes(),
                count(phases, Phase.FORWARD, index).receivedBytes(),
                count(phases, Phase.BACKWARD, index).receivedBytes(),
                count(phases, Phase.INPUT_GRADIENT, index).receivedBytes());
        return new Shard(parameters, input, output, sources, received, all.multiplyAdds());
    }
}

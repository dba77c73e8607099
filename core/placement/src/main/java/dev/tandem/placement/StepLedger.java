package dev.tandem.placement;

import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.placement.LayerForecast.Received;
import dev.tandem.placement.LayerForecast.Shard;
import dev.tandem.placement.LayerForecast.Source;
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

    /** The forecast of {@code layer}. */
    LayerForecast layer(Plan plan, ShardedStep layer, List<ParameterShard> parameters) {
        List<ParameterShard> own = parameters.stream()
                .filter(shard -> plan.owner(shard.spec()) == layer)
                .toList();
        int images = layer.output().dim(0);
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
                shards.add(shard(layer, index, here, List.of(), null, List.of()));
                continue;
            }
            List<Shape> inputs = new ArrayList<>();
            List<Source> sources = new ArrayList<>();
            for (int input = 0; input < layer.inputs().size(); input++) {
                ShardExtent needed = layer.needed(index, output, input);
                if (needed != null) {
                    inputs.add(needed.shape(layer.inputs().get(input)));
                    sources.addAll(sources(plan.producer(layer.step().inputs().get(input)), index, images, needed));
                }
            }
            shards.add(shard(layer, index, here, inputs, output.shape(layer.output()), sources));
        }
        return new LayerForecast(
                layer.step().name(),
                layer.step().inputs(),
                layer.axis(),
                own.stream()
                        .map(ParameterShard::spec)
                        .distinct()
                        .map(ParameterSpec::shape)
                        .toList(),
                layer.output(),
                shards);
    }

    /** Where device {@code index} gets {@code needed} of the output of {@code before} from, if from other devices. */
    private List<Source> sources(ShardedStep before, int index, int images, ShardExtent needed) {
        List<Source> sources = new ArrayList<>();
        for (int other = 0; before != null && other < devices.size(); other++) {
            ShardExtent there = before.extent(other, devices.size(), images);
            if (other != index && there != null && there.intersect(needed) != null) {
                sources.add(new Source(before.step().name(), other));
            }
        }
        return sources;
    }

    /** The forecast of the loss, which the first device computes from the network's outputs. */
    LayerForecast loss(Plan plan) {
        int images = plan.inputs().get(0).dim(0);
        List<Source> sources = new ArrayList<>();
        for (ShardedStep last : plan.outputs()) {
            ShardExtent all = new ShardExtent(0, images, new ChannelRange(0, last.channels()));
            sources.addAll(sources(last, 0, images, all));
        }
        List<Shape> inputs = plan.outputs().stream().map(ShardedStep::output).toList();
        List<Shard> shards = new ArrayList<>();
        for (int index = 0; index < devices.size(); index++) {
            shards.add(
                    index == 0
                            ? shard(null, 0, List.of(), inputs, Shape.scalar(), sources)
                            : shard(null, index, List.of(), List.of(), null, List.of()));
        }
        return new LayerForecast("(loss)", plan.network().outputSteps(), Axis.NONE, List.of(), Shape.scalar(), shards);
    }

    private Shard shard(
            ShardedStep layer,
            int index,
            List<Shape> parameters,
            List<Shape> inputs,
            Shape output,
            List<Source> sources) {
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
        return new Shard(parameters, inputs, output, sources, received, all.multiplyAdds());
    }
}

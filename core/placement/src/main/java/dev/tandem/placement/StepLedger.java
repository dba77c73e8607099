package dev.tandem.placement;

import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.placement.LayerForecast.Part;
import dev.tandem.placement.LayerForecast.Received;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.placement.ShardedParameters.ParameterShard;
import dev.tandem.spi.Shape;
import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Books what counting devices count to the layer, and the phase of it, that a training step is at. */
final class StepLedger {
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
    private final Map<ShardedStep, Map<Phase, List<Count>>> booked = new IdentityHashMap<>();

    private List<Count> before;
    private List<Long> heldAfterForward;
    private ShardedStep step;
    private Phase phase;

    StepLedger(List<DryRun> devices) {
        this.devices = devices;
        this.before = count();
    }

    private List<Count> count() {
        return devices.stream().map(Count::of).toList();
    }

    /** Books what was counted so far; what comes belongs to {@code next} of {@code nextStep}. */
    void turnTo(ShardedStep nextStep, Phase next) {
        settle();
        step = nextStep;
        phase = next;
        if (heldAfterForward == null && next == Phase.BACKWARD) {
            heldAfterForward =
                    devices.stream().map(dry -> dry.device().memoryUse().used()).toList();
        }
    }

    /** Books what was counted so far. */
    void settle() {
        List<Count> now = count();
        if (phase != null) {
            Map<Phase, List<Count>> phases = booked.computeIfAbsent(step, s -> new EnumMap<>(Phase.class));
            List<Count> sum = new ArrayList<>();
            for (int index = 0; index < devices.size(); index++) {
                Count since = now.get(index).minus(before.get(index));
                sum.add(count(phases, phase, index).plus(since));
            }
            phases.put(phase, sum);
        }
        before = now;
    }

    private static Count count(Map<Phase, List<Count>> phases, Phase phase, int index) {
        return phases.containsKey(phase) ? phases.get(phase).get(index) : Count.NONE;
    }

    /** What device {@code index} holds when the forward pass is done. */
    long heldAfterForward(int index) {
        return heldAfterForward.get(index);
    }

    /** What was booked to {@code divided}, with where it lives; {@code before} is the step before it, null for the first. */
    LayerForecast layer(Plan plan, ShardedStep divided, ShardedStep before, List<ParameterShard> shards) {
        List<ParameterShard> own = shards.stream()
                .filter(shard -> plan.owner(shard.spec().name()) == divided)
                .toList();
        int images = divided.input().dim(0);
        List<Part> parts = new ArrayList<>();
        for (int index = 0; index < devices.size(); index++) {
            DryRun dry = devices.get(index);
            List<Shape> here = own.stream()
                    .map(ParameterShard::parameter)
                    .filter(parameter -> parameter.device() == dry.device())
                    .map(parameter -> parameter.shape())
                    .toList();
            ShardExtent region = divided.region(index, devices.size(), images);
            if (region == null) {
                parts.add(part(divided, index, here, null, null, List.of()));
                continue;
            }
            ShardExtent seen = divided.seen(index, region);
            parts.add(part(
                    divided,
                    index,
                    here,
                    seen.shape(divided.input()),
                    region.shape(divided.output()),
                    sources(before, index, images, seen)));
        }
        return new LayerForecast(
                divided.step().name(),
                divided.axis(),
                own.stream()
                        .map(ParameterShard::spec)
                        .distinct()
                        .map(ParameterSpec::shape)
                        .toList(),
                divided.output(),
                parts);
    }

    /** The devices other than {@code index} that hold some of {@code seen}. */
    private List<Integer> sources(ShardedStep before, int index, int images, ShardExtent seen) {
        List<Integer> sources = new ArrayList<>();
        for (int other = 0; before != null && other < devices.size(); other++) {
            ShardExtent there = before.region(other, devices.size(), images);
            if (other != index && there != null && there.intersect(seen) != null) {
                sources.add(other);
            }
        }
        return sources;
    }

    /** What was booked to the loss, which the first device computes of the output of {@code last}. */
    LayerForecast loss(ShardedStep last) {
        int images = last.output().dim(0);
        ShardExtent all = new ShardExtent(0, images, new ChannelRange(0, last.channels()));
        List<Part> parts = new ArrayList<>();
        for (int index = 0; index < devices.size(); index++) {
            parts.add(
                    index == 0
                            ? part(null, 0, List.of(), last.output(), Shape.scalar(), sources(last, 0, images, all))
                            : part(null, index, List.of(), null, null, List.of()));
        }
        return new LayerForecast("(loss)", Axis.NONE, List.of(), Shape.scalar(), parts);
    }

    private Part part(
            ShardedStep divided, int index, List<Shape> parameters, Shape input, Shape output, List<Integer> sources) {
        Map<Phase, List<Count>> phases = booked.get(divided);
        Count all = Count.NONE;
        for (Phase each : Phase.values()) {
            all = all.plus(count(phases, each, index));
        }
        Received received = new Received(
                count(phases, Phase.INPUT, index).receivedBytes(),
                count(phases, Phase.FORWARD, index).receivedBytes(),
                count(phases, Phase.BACKWARD, index).receivedBytes(),
                count(phases, Phase.INPUT_GRADIENT, index).receivedBytes());
        return new Part(parameters, input, output, sources, received, all.multiplyAdds());
    }
}

package dev.tandem.placement;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ChannelShard;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.placement.Sharded.Shard;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The forward pass of one batch through the steps of a plan. In each step a device gathers the inputs of its shard, then
 * computes the shard.
 *
 * @param batch the inputs
 * @param values the parameters
 * @param settings the seed and the number of the training step; null for inference
 * @param listener called when a phase begins; null in all but a forecast, so that the tape has no extra operations
 * @param prefetched inputs that may be on the devices already
 */
record ForwardPass(
        Plan plan,
        HostBatch batch,
        ParameterValues values,
        StepSettings settings,
        PhaseListener listener,
        PrefetchedInputs prefetched) {
    /**
     * A device's shard of a step: its output, and the inputs that it gathered.
     *
     * @param padded the channels of the first input, with the zeros around them
     */
    private record Work(int index, ShardExtent extent, ChannelRange padded, List<Value> inputs) {}

    /**
     * The outputs of the network. What no later step needs, and no operation on the tape, is closed on the way.
     *
     * @param given inputs of the network that are on devices already, by name; the batch has the others
     * @param tap gets each step with its output, and returns what later steps take for it
     */
    List<Sharded> run(Map<String, Sharded> given, Tap tap) {
        LiveValues live = new LiveValues(given);
        for (ShardedStep step : plan.steps()) {
            List<Sharded> inputs = live.of(step.step().inputs());
            if (isRecorded(step, inputs)) {
                live.add(step, tap.at(step, run(step, inputs)));
                live.pin(inputs);
            } else {
                try (TensorScope scope = TensorScope.open()) {
                    Sharded output = tap.at(step, run(step, inputs));
                    output.tensors().forEach(scope::keep);
                    values.newStates().forEach(scope::keep);
                    live.add(step, output);
                }
            }
            live.close(plan.network().lastUsedBy(step.step()));
        }
        return live.of(plan.network().outputSteps());
    }

    /** This pass through the steps of another plan. */
    ForwardPass through(Plan other) {
        return new ForwardPass(other, batch, values, settings, listener, prefetched);
    }

    /** This pass of another batch. */
    ForwardPass of(HostBatch other) {
        return new ForwardPass(plan, other, values, settings, listener, prefetched);
    }

    /** Whether operations of {@code step} are recorded on the tape, whose backward passes may need any of its tensors. */
    private boolean isRecorded(ShardedStep step, List<Sharded> inputs) {
        return values.areOnTape(step) || inputs.stream().anyMatch(input -> input != null && input.isOnTape());
    }

    /** The output of {@code step} on all its devices; an input is null if the batch has it. */
    private Sharded run(ShardedStep step, List<Sharded> inputs) {
        // All devices gather before any computes. Each device serves copies in the order of its queue.
        // If it had already queued its computation, the copies for other devices would wait behind that.
        List<Work> works = new ArrayList<>();
        for (int index = 0; index < plan.devices().size(); index++) {
            ShardExtent extent = step.extent(index, plan.devices().size(), images());
            if (extent != null) {
                plan.devices().get(index).profile().at(step.step().name(), Profile.Phase.FORWARD);
                works.add(gather(step, index, extent, inputs));
            }
        }
        begin(step, Phase.FORWARD);
        List<Map<String, Value>> parameters =
                works.stream().map(work -> values.on(step, work.index())).toList();
        List<Context> contexts = new ArrayList<>();
        for (int i = 0; i < works.size(); i++) {
            contexts.add(context(step, works.get(i), parameters.get(i)));
        }
        List<Value> outputs = compute(step, works, contexts);
        values.collectStates(contexts);
        List<Shard> shards = new ArrayList<>();
        for (int i = 0; i < works.size(); i++) {
            shards.add(new Shard(works.get(i).extent(), beginOnGradient(outputs.get(i), step, Phase.BACKWARD)));
        }
        return new Sharded(shards, step.axis() == Axis.BATCH ? 0 : 1);
    }

    private int images() {
        return batch.shape().dim(0);
    }

    private Work gather(ShardedStep step, int index, ShardExtent extent, List<Sharded> inputs) {
        Device device = plan.devices().get(index);
        int alignment = device.memory().channelAlignment();
        begin(step, Phase.INPUT);
        List<Value> gathered = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            ShardExtent needed = step.needed(index, extent, i);
            if (needed != null) {
                ChannelRange padded = step.padded(index, extent, i, alignment);
                Value x = inputs.get(i) == null
                        ? Sharded.padded(
                                List.of(Value.constant(upload(device, needed, step.step(), i))),
                                needed.channels(),
                                padded)
                        : inputs.get(i).on(device, needed, padded);
                gathered.add(beginOnGradient(x, step, Phase.INPUT_GRADIENT));
            }
        }
        return new Work(index, extent, step.padded(index, extent, 0, alignment), gathered);
    }

    /** The images and channels {@code needed} of the batch, from the host, for an input of {@code step}. */
    private Tensor upload(Device device, ShardExtent needed, Step step, int input) {
        int index = plan.network().inputs().indexOf(step.inputs().get(input));
        Shape whole = batch.shapes().get(index);
        Shape shape = whole.with(0, needed.images());
        Tensor all = prefetched.take(batch, device, step.name(), input, shape);
        if (all == null) {
            int first = needed.firstImage() * whole.withoutBatch().arrayLength();
            all = device.profile()
                    .during(Profile.BATCH, () -> device.allocate(shape).write(batch.memory(index), first));
        }
        ChannelRange channels = needed.channels();
        return whole.rank() < 2 || channels.length() == whole.dim(1)
                ? all
                : device.memory().slice(all, 1, channels.from(), channels.length());
    }

    /** The outputs of all shards. The parts of a batch are computed together: they may depend on each other. */
    private static List<Value> compute(ShardedStep step, List<Work> works, List<Context> contexts) {
        if (step.axis() != Axis.CHANNEL) {
            return step.step().forward(works.stream().map(Work::inputs).toList(), contexts);
        }
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < works.size(); i++) {
            Work work = works.get(i);
            Value y = step.shards().get(work.index()).step().forward(work.inputs(), contexts.get(i));
            outputs.add(ChannelShard.trim(y, work.padded(), work.extent().channels()));
        }
        return outputs;
    }

    private Context context(ShardedStep step, Work work, Map<String, Value> parameters) {
        ShardExtent extent = work.extent();
        Context context = context(plan.devices().get(work.index()), parameters);
        if (step.axis() == Axis.CHANNEL) {
            return context.onShard(local -> new Slice(
                    local.with(1, step.channels()), 1, extent.channels().from(), local.dim(1)));
        }
        BatchPart part = settings == null || settings.part() == null ? BatchPart.all(images()) : settings.part();
        return context.onShard(
                local -> new Slice(local.with(0, part.whole()), 0, part.first() + extent.firstImage(), local.dim(0)));
    }

    private Context context(Device device, Map<String, Value> parameters) {
        return settings == null
                ? Context.inference(device, parameters)
                : Context.training(device, parameters, settings.seed(), settings.pass())
                        .withConstants(plan.constants());
    }

    /** Reports that {@code phase} of {@code step} begins; the loss has a null step. */
    void begin(ShardedStep step, Phase phase) {
        if (listener != null) {
            listener.onPhase(step, phase);
        }
    }

    /** {@code x}, whose gradient, once it is complete, begins {@code phase} of {@code step}. */
    Value beginOnGradient(Value x, ShardedStep step, Phase phase) {
        return listener == null ? x : Functions.onGradient(x, () -> listener.onPhase(step, phase));
    }
}

package dev.tandem.placement;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ChannelShard;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.placement.Sharded.Shard;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Slice;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A model over devices: each step runs where the plan says, on what it needs of the step before. One tape spans the
 * devices, so a copy between them is an operation like any other and its gradient comes back the same way: gradients of
 * weights that several devices used are summed on the weights' own device, in the order of the devices.
 */
final class ShardedModel implements PlacedModel {
    private final Plan plan;
    private final ShardedParameters parameters;
    private final BiConsumer<ShardedStep, Phase> watch;
    private final Tensor lossSum;
    private int losses;

    ShardedModel(Plan plan, boolean trainable) {
        this(plan, trainable, null);
    }

    /**
     * A model that tells {@code watch} what it is about to do in a step of training, for one layer after the other; a
     * null layer stands for the loss. Null where nobody watches: then the tape is free of it.
     */
    ShardedModel(Plan plan, boolean trainable, BiConsumer<ShardedStep, Phase> watch) {
        this.plan = plan;
        this.watch = watch;
        this.parameters = new ShardedParameters(plan, trainable);
        this.lossSum = home().filled(Shape.scalar(), 0);
    }

    private Device home() {
        return plan.devices().get(0);
    }

    @Override
    public void step(HostBatch batch, StepSettings settings) {
        parameters.requireTrainable();
        requireTrainingBatch(batch);
        try (TensorScope scope = TensorScope.open()) {
            ShardedParameters.Values values = parameters.variables(new Tape());
            Value loss = backward(batch, values, settings);
            values.update(settings);
            home().profile().at("loss", Profile.Phase.UPDATE);
            home().elementwise().binaryInPlace(BinaryFunction.ADD, lossSum, loss.tensor());
            losses++;
        }
    }

    /** What a forward pass needs: values in the parameters, and images of the size that the network was placed for. */
    private void requireInput(HostBatch batch) {
        if (watch == null) { // a forecast's devices only count: nothing has a value there
            parameters.requireInitialized();
        }
        if (!batch.shape().withoutBatch().equals(plan.sample())) {
            throw TandemException.argument(
                    "model",
                    "images of another shape",
                    batch.shape().withoutBatch(),
                    plan.sample(),
                    "Place the network for these images, or prepare them as it needs");
        }
    }

    private void requireTrainingBatch(HostBatch batch) {
        requireInput(batch);
        if (batch.rows() != batch.shape().dim(0)) {
            throw TandemException.argument(
                    "train a step",
                    "a batch that is not full",
                    batch.rows() + " rows",
                    batch.shape().dim(0),
                    "Fill all rows: empty ones would be trained on as well");
        }
    }

    /** Forward, weighted mean cross-entropy, backward. */
    private Value backward(HostBatch batch, ShardedParameters.Values values, StepSettings settings) {
        Sharded activation = null;
        for (ShardedStep step : plan.steps()) {
            activation = run(step, batch, activation, values, settings);
        }
        home().profile().at("loss", Profile.Phase.FORWARD);
        tell(null, Phase.INPUT);
        Value logits = watched(activation.on(home(), activation.whole()), null, Phase.INPUT_GRADIENT);
        Value losses = Functions.crossEntropy(logits, home().labels(batch.labels()));
        Value loss = settings.classWeights().isEmpty()
                ? losses.mean()
                : losses.multiply(Value.constant(weights(batch.labels(), settings.classWeights())))
                        .sum();
        tell(null, Phase.BACKWARD);
        values.tape().backward(loss);
        return loss;
    }

    /** What each image counts in the weighted mean; together 1, or 0 if none counts. */
    private Tensor weights(int[] labels, List<Double> classWeights) {
        int classes = plan.steps().get(plan.steps().size() - 1).channels();
        if (classWeights.size() != classes) {
            throw TandemException.argument(
                    "train a step",
                    "not one weight a class",
                    classWeights.size() + " weights",
                    classes,
                    "Weigh the classes of the network");
        }
        double[] weights = Arrays.stream(labels).mapToDouble(classWeights::get).toArray();
        double sum = Arrays.stream(weights).sum();
        return home().allocate(Shape.of(weights.length))
                .writeDoubles(Arrays.stream(weights)
                        .map(weight -> sum == 0 ? 0 : weight / sum)
                        .toArray());
    }

    private void tell(ShardedStep step, Phase phase) {
        if (watch != null) {
            watch.accept(step, phase);
        }
    }

    /** {@code x}; its gradient begins {@code phase} of {@code step}. */
    private Value watched(Value x, ShardedStep step, Phase phase) {
        return watch == null ? x : Functions.watched(x, () -> watch.accept(step, phase));
    }

    @Override
    public Map<String, Double> gradientNorms(HostBatch batch, StepSettings settings) {
        requireTrainingBatch(batch);
        try (TensorScope scope = TensorScope.open()) {
            ShardedParameters.Values values = parameters.variables(new Tape());
            backward(batch, values, settings);
            return values.gradientNorms();
        }
    }

    @Override
    public float[] probabilities(HostBatch batch) {
        return infer(batch, (step, output) -> {});
    }

    @Override
    public Map<String, ActivationHealth> activations(HostBatch batch) {
        Map<String, ActivationHealth> found = new HashMap<>();
        infer(batch, (step, output) -> {
            UnaryFunction function = step.step().function();
            if (function != UnaryFunction.IDENTITY) {
                found.put(step.step().name(), ActivationProbe.of(function, output.on(home(), output.whole())));
            }
        });
        return found;
    }

    private float[] infer(HostBatch batch, BiConsumer<ShardedStep, Sharded> observer) {
        requireInput(batch);
        ShardedParameters.Values values = parameters.constants();
        try (TensorScope all = TensorScope.open()) {
            Sharded activation = null;
            for (ShardedStep step : plan.steps()) {
                Sharded next;
                try (TensorScope scope = TensorScope.open()) {
                    next = run(step, batch, activation, values, null);
                    observer.accept(step, next);
                    next.tensors().forEach(scope::keep);
                }
                closeUnused(activation, next);
                activation = next;
            }
            Value logits = activation.on(home(), activation.whole());
            return home().reductions().softmax(logits.tensor()).read();
        }
    }

    /** Without a tape nothing is needed twice: a step's input goes when its output is there. */
    private static void closeUnused(Sharded before, Sharded after) {
        if (before != null) {
            List<Tensor> kept = after.tensors();
            before.tensors().stream().filter(tensor -> !kept.contains(tensor)).forEach(Tensor::close);
        }
    }

    /** What a device computes of a step's output, and the input that it needs for that. */
    private record Share(int index, ShardExtent region, Value input) {}

    /** One step on all its devices; {@code input} is null for the first, which takes the batch; {@code settings} is null without training. */
    private Sharded run(
            ShardedStep step, HostBatch batch, Sharded input, ShardedParameters.Values values, StepSettings settings) {
        int images = batch.shape().dim(0);
        // All of them get what they need before any computes: a device lends in the order of its work, so one that had
        // begun to compute would keep the others waiting.
        List<Share> shares = new ArrayList<>();
        for (int index = 0; index < plan.devices().size(); index++) {
            ShardExtent region = step.region(index, plan.devices().size(), images);
            if (region != null) {
                plan.devices().get(index).profile().at(step.step().name(), Profile.Phase.FORWARD);
                shares.add(new Share(index, region, gather(step, index, region, batch, input)));
            }
        }
        tell(step, Phase.FORWARD);
        List<Map<String, Value>> parameters =
                shares.stream().map(share -> values.on(step, share.index())).toList();
        List<Shard> shards = new ArrayList<>();
        for (int i = 0; i < shares.size(); i++) {
            Value y = forward(step, shares.get(i), parameters.get(i), images, settings);
            shards.add(new Shard(shares.get(i).region(), watched(y, step, Phase.BACKWARD)));
        }
        return new Sharded(shards, step.axis() == Axis.BATCH ? 0 : 1);
    }

    private Value gather(ShardedStep step, int index, ShardExtent region, HostBatch batch, Sharded input) {
        Device device = plan.devices().get(index);
        ShardExtent seen = step.seen(index, region);
        ChannelRange given = step.given(index, seen);
        tell(step, Phase.INPUT);
        Value x = input == null
                ? Sharded.amongZeros(List.of(Value.constant(upload(batch, device, seen))), seen.channels(), given)
                : input.on(device, seen, given);
        return watched(x, step, Phase.INPUT_GRADIENT);
    }

    private Value forward(
            ShardedStep step, Share share, Map<String, Value> parameters, int images, StepSettings settings) {
        Device device = plan.devices().get(share.index());
        ShardExtent region = share.region();
        Context context = settings == null
                ? Context.inference(device, parameters)
                : Context.training(device, parameters, settings.seed(), settings.step());
        if (step.axis() == Axis.CHANNEL) {
            ChannelShard shard = step.shards().get(share.index());
            Value y = step.step()
                    .withLayer(shard.layer())
                    .forward(
                            share.input(),
                            context.onShard(local -> new Slice(
                                    local.with(1, step.channels()),
                                    1,
                                    region.channels().from(),
                                    local.dim(1))));
            return shard.trim(y, region.channels());
        }
        return step.step()
                .forward(
                        share.input(),
                        context.onShard(
                                local -> new Slice(local.with(0, images), 0, region.firstImage(), local.dim(0))));
    }

    /** The part {@code seen} of the batch, from the host. */
    private static Tensor upload(HostBatch batch, Device device, ShardExtent seen) {
        int perImage = batch.shape().withoutBatch().arrayLength();
        int first = seen.firstImage() * perImage;
        float[] images = seen.images() == batch.shape().dim(0)
                ? batch.images()
                : Arrays.copyOfRange(batch.images(), first, first + seen.images() * perImage);
        Tensor all = device.tensor(batch.shape().with(0, seen.images()), images);
        ChannelRange channels = seen.channels();
        return channels.length() == batch.shape().dim(1)
                ? all
                : device.memory().slice(all, 1, channels.from(), channels.length());
    }

    @Override
    public LossSum takeLoss() {
        LossSum taken = new LossSum(lossSum.readScalar(), losses);
        home().elementwise().fill(lossSum, 0);
        losses = 0;
        return taken;
    }

    @Override
    public List<ParameterSpec> parameters() {
        return plan.specs();
    }

    /** Where the parameters lie. */
    List<ShardedParameters.ParameterShard> shards() {
        return parameters.shards();
    }

    @Override
    public double norm(String parameter) {
        return parameters.norm(parameter, false);
    }

    @Override
    public double velocityNorm(String parameter) {
        return parameters.norm(parameter, true);
    }

    @Override
    public float[] read(String parameter) {
        return parameters.read(parameter, false);
    }

    @Override
    public void write(String parameter, float[] values) {
        parameters.write(parameter, false, values);
    }

    @Override
    public float[] readVelocity(String parameter) {
        return parameters.read(parameter, true);
    }

    @Override
    public void writeVelocity(String parameter, float[] values) {
        parameters.write(parameter, true, values);
    }

    @Override
    public List<Device> devices() {
        return plan.devices();
    }

    @Override
    public void close() {
        parameters.close();
        lossSum.close();
    }
}

package dev.tandem.placement;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.Target;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.nn.train.HostGradients;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.Outcome;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.ShardedParameters.ParameterShard;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.UnaryFunction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A model over devices: each device computes its shard of each step, from what it gathers of the step before. One tape
 * spans the devices. A copy between devices is an operation on it, whose gradient is copied back. Gradients of weights
 * that several devices used are summed on the device that holds the weights, in the order of the devices.
 */
final class ShardedModel implements PlacedModel {
    private final Plan plan;
    private final Training training;
    private final ShardedParameters parameters;
    private final PhaseListener listener;
    private final BatchRequirements requirements;
    private final PrefetchedInputs prefetched;
    private final AccumulatedGradients waiting = new AccumulatedGradients();
    private final Tensor lossSum;
    private final @Nullable KeptFeatures kept;
    private int losses;

    /** A model for inference. */
    ShardedModel(Plan plan) {
        this(plan, null, null, null);
    }

    /**
     * A model to be trained.
     *
     * @param featureBytes how much of Java's memory the outputs of frozen first layers may take
     */
    ShardedModel(Plan plan, Training training, long featureBytes) {
        this(plan, training, null, kept(plan, featureBytes));
    }

    /**
     * A model for a forecast, on devices that only count.
     *
     * @param training what it is trained with; null for inference
     * @param listener called when a phase of a training step begins; null for a model that computes
     */
    ShardedModel(Plan plan, Training training, PhaseListener listener) {
        this(plan, training, listener, null);
    }

    private ShardedModel(
            Plan plan, @Nullable Training training, @Nullable PhaseListener listener, @Nullable KeptFeatures kept) {
        this.kept = kept;
        this.plan = plan;
        this.training = training;
        this.listener = listener;
        this.requirements = new BatchRequirements(plan);
        this.prefetched = new PrefetchedInputs(plan);
        if (training != null) {
            requireSomethingTrained();
        }
        this.parameters = new ShardedParameters(plan, training);
        this.lossSum = home().filled(Shape.scalar(), 0);
    }

    /** Null if nothing is kept: there is no room for it, or it would be on several devices. */
    private static @Nullable KeptFeatures kept(Plan plan, long bytes) {
        return bytes == 0 || plan.devices().size() > 1
                ? null
                : FrozenPrefix.of(plan.network(), plan.inputs())
                        .map(prefix -> new KeptFeatures(prefix, plan, bytes))
                        .orElse(null);
    }

    private Device home() {
        return plan.devices().get(0);
    }

    /**
     * A batch whose first layers' outputs may have been kept is not copied: it is seldom needed. One that does not fit is
     * refused when it is used.
     */
    @Override
    public boolean prefetch(HostBatch batch) {
        List<Shape> given = batch.shapes().stream().map(Shape::withoutBatch).toList();
        List<Shape> placed = plan.inputs().stream().map(Shape::withoutBatch).toList();
        return given.equals(placed) && (kept == null || !kept.keeps(batch)) && prefetched.fill(batch);
    }

    private ForwardPass training(HostBatch batch, ParameterValues values, StepSettings settings) {
        return new ForwardPass(plan, batch, values, settings, listener, prefetched);
    }

    private ForwardPass inference(Plan part, HostBatch batch) {
        return new ForwardPass(part, batch, parameters.constants(), null, null, prefetched);
    }

    @Override
    public void step(HostBatch batch, StepSettings settings) {
        requireTraining();
        requireTrainingBatch(batch, settings);
        try (TensorScope scope = TensorScope.open()) {
            update(waiting.takeMean(backward(batch, settings).gradients()), settings);
        }
    }

    private void update(Map<ParameterShard, Tensor> gradients, StepSettings settings) {
        if (training.clipNorm() > 0) {
            AccumulatedGradients.clip(gradients, training.clipNorm(), home());
        }
        parameters.update(gradients, settings, training);
    }

    @Override
    public HostGradients gradients(HostBatch batch, StepSettings settings, Set<String> factored) {
        requireTraining();
        requireTrainingBatch(batch, settings);
        try (TensorScope scope = TensorScope.open()) {
            // Of several devices each has factors of its own rows; their products are summed on the parameter's device.
            Set<String> kept = plan.devices().size() == 1 ? factored : Set.of();
            ParameterValues values = parameters.variables(new Tape(), kept);
            Value loss = forward(training(batch, values, settings));
            values.tape().backward(loss);
            return values.onHost(loss.tensor().readScalar());
        }
    }

    @Override
    public void update(HostGradients gradients, StepSettings settings) {
        requireTraining();
        parameters.requireInitialized();
        try (TensorScope scope = TensorScope.open()) {
            update(parameters.onDevices(gradients), settings);
            gradients.states().forEach((name, values) -> parameters.write(name, null, values));
        }
    }

    @Override
    public void accumulate(HostBatch batch, StepSettings settings) {
        requireTraining();
        requireTrainingBatch(batch, settings);
        try (TensorScope scope = TensorScope.open()) {
            waiting.add(backward(batch, settings).gradients(), scope);
        }
    }

    /** The parameters with their gradients of the batch's loss, which is added to the sum of losses. */
    private ParameterValues backward(HostBatch batch, StepSettings settings) {
        ParameterValues values = parameters.variables(new Tape(), Set.of());
        Value loss = forward(training(batch, values, settings));
        values.tape().backward(loss);
        values.updateStates();
        addToLossSum(loss);
        return values;
    }

    private void requireSomethingTrained() {
        if (plan.specs().stream().noneMatch(ParameterSpec::isTrained)) {
            throw TandemException.argument(
                    "placement for training",
                    "nothing learns",
                    plan.specs().size() + " parameters, all of them constants",
                    "one that is trained, or more",
                    "Freeze fewer layers, or place the network for inference");
        }
    }

    /** Checks that the model was placed for training. */
    private void requireTraining() {
        if (training == null) {
            throw TandemException.argument(
                    "model",
                    "it was placed for inference",
                    "neither loss nor optimizer",
                    "a model placed for training",
                    "Place it with a Training");
        }
    }

    /** The network's outputs, with what was kept of the first layers where that can be. */
    private List<Sharded> outputs(ForwardPass pass) {
        return kept != null && kept.keeps(pass.batch()) ? kept.run(pass) : pass.run(Map.of(), Tap.NONE);
    }

    /** The weighted mean loss of the batch. */
    private Value forward(ForwardPass pass) {
        List<Sharded> outputs = outputs(pass);
        home().profile().at("loss", Profile.Phase.FORWARD);
        pass.begin(null, Phase.INPUT);
        List<Value> gathered = outputs.stream()
                .map(output -> pass.beginOnGradient(output.on(home(), output.whole()), null, Phase.INPUT_GRADIENT))
                .toList();
        int classes = plan.outputs().get(0).channels();
        Value loss = new BatchLoss(training.loss(), classes, listener != null)
                .of(gathered, pass.batch(), pass.settings().classWeights());
        pass.begin(null, Phase.BACKWARD);
        return loss;
    }

    private void addToLossSum(Value loss) {
        home().profile().at("loss", Profile.Phase.UPDATE);
        home().elementwise().binaryInPlace(BinaryFunction.ADD, lossSum, loss.tensor());
        losses++;
    }

    /** Checks that the parameters have values, and that the batch has the inputs that the network was placed for. */
    private void requireInput(HostBatch batch) {
        if (listener == null) { // on the devices of a forecast nothing has a value
            parameters.requireInitialized();
        }
        requirements.inputs(batch);
    }

    private void requireTrainingBatch(HostBatch batch, StepSettings settings) {
        requireInput(batch);
        requirements.trainable(batch, settings.part());
    }

    @Override
    public Map<String, Double> gradientNorms(HostBatch batch, StepSettings settings) {
        requireTraining();
        requireTrainingBatch(batch, settings);
        try (TensorScope scope = TensorScope.open()) {
            ParameterValues values = parameters.variables(new Tape(), Set.of());
            values.tape().backward(forward(training(batch, values, settings)));
            return values.gradientNorms();
        }
    }

    @Override
    public float[] predictions(HostBatch batch, Loss loss) {
        requireInput(batch);
        ForwardPass pass = inference(plan, batch);
        try (TensorScope all = TensorScope.open()) {
            Sharded output = outputs(pass).get(0);
            Value predictions = loss.prediction(output.on(home(), output.whole()));
            return home().profile()
                    .during(Profile.RESULTS, () -> predictions.tensor().read());
        }
    }

    @Override
    public Outcome evaluate(HostBatch batch, Loss loss) {
        requireInput(batch);
        ForwardPass pass = inference(plan, batch);
        try (TensorScope all = TensorScope.open()) {
            List<Value> outputs = outputs(pass).stream()
                    .map(output -> output.on(home(), output.whole()))
                    .toList();
            Value losses = loss.of(outputs, new Target(batch, home()));
            return new Outcome(
                    loss.prediction(outputs.get(0)).tensor().read(),
                    losses.tensor().read());
        }
    }

    @Override
    public float[] features(HostBatch batch, String layer) {
        return infer(batch, plan.withOutputs(layer), Tap.NONE, UnaryOperator.identity());
    }

    @Override
    public float[] gradient(HostBatch batch, String layer, int[] labels) {
        requireInput(batch);
        return ScoreGradient.of(plan, batch, prefetched, parameters.constants(), layer, labels);
    }

    @Override
    public Map<String, ActivationHealth> activations(HostBatch batch) {
        Map<String, ActivationHealth> found = new HashMap<>();
        Tap probe = (step, output) -> {
            UnaryFunction function = step.step().function();
            if (function != UnaryFunction.IDENTITY) {
                found.put(step.step().name(), ActivationProbe.of(function, output.on(home(), output.whole())));
            }
            return output;
        };
        Map<String, ActivationHealth> frozen = kept == null ? Map.of() : kept.health(batch);
        if (frozen.isEmpty()) {
            infer(batch, plan, probe, UnaryOperator.identity());
            if (kept != null) {
                kept.keep(found);
            }
            return found;
        }
        requireInput(batch);
        try (TensorScope all = TensorScope.open()) {
            kept.runKept(inference(plan, batch), probe);
        }
        found.putAll(frozen);
        return found;
    }

    /** What {@code last} makes of the first output of {@code part}; {@code tap} gets each step's. */
    private float[] infer(HostBatch batch, Plan part, Tap tap, UnaryOperator<Value> last) {
        requireInput(batch);
        ForwardPass pass = inference(part, batch);
        try (TensorScope all = TensorScope.open()) {
            Sharded output = pass.run(Map.of(), tap).get(0);
            return last.apply(output.on(home(), output.whole())).tensor().read();
        }
    }

    @Override
    public LossSum takeLoss() {
        double sum = home().profile().during(Profile.RESULTS, () -> {
            double read = lossSum.readScalar();
            home().elementwise().fill(lossSum, 0);
            return read;
        });
        LossSum taken = new LossSum(sum, losses);
        losses = 0;
        return taken;
    }

    @Override
    public @Nullable Training training() {
        return training;
    }

    @Override
    public List<ParameterSpec> parameters() {
        return plan.specs();
    }

    /** The parameters, by device. */
    List<ParameterShard> shards() {
        return parameters.shards();
    }

    @Override
    public double norm(String parameter) {
        return parameters.norm(parameter, null);
    }

    @Override
    public float[] read(String parameter) {
        return parameters.read(parameter, null);
    }

    @Override
    public void write(String parameter, float[] values) {
        if (kept != null) {
            kept.clear();
        }
        parameters.write(parameter, null, values);
    }

    @Override
    public List<String> state() {
        return parameters.state();
    }

    @Override
    public double stateNorm(String state, String parameter) {
        requireTraining();
        return parameters.norm(parameter, state);
    }

    @Override
    public float[] readState(String state, String parameter) {
        requireTraining();
        return parameters.read(parameter, state);
    }

    @Override
    public void writeState(String state, String parameter, float[] values) {
        requireTraining();
        parameters.write(parameter, state, values);
    }

    @Override
    public List<Device> devices() {
        return plan.devices();
    }

    @Override
    public void close() {
        prefetched.close();
        parameters.close();
        waiting.close();
        lossSum.close();
    }
}

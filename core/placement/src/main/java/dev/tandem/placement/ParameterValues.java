package dev.tandem.placement;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.train.HostGradients;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.placement.ShardedParameters.ParameterShard;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The parameters in one pass of the network, and the states that the pass replaces. */
final class ParameterValues {
    private final Plan plan;
    private final ShardedParameters parameters;
    private final @Nullable Tape tape;
    private final Map<ParameterShard, Value> values = new IdentityHashMap<>();
    private final Map<ParameterShard, List<Value>> newStates = new IdentityHashMap<>();

    /**
     * The parameters of a pass.
     *
     * @param tape the tape whose variables they are, but for those that are not trained; null if all are constants
     * @param factored the parameters whose gradients are left as factors
     */
    ParameterValues(Plan plan, ShardedParameters parameters, @Nullable Tape tape, Set<String> factored) {
        this.plan = plan;
        this.parameters = parameters;
        this.tape = tape;
        parameters.shards().forEach(shard -> {
            Tensor tensor = tape == null && shard.average() != null ? shard.average() : shard.parameter();
            boolean variable = tape != null && shard.spec().isTrained();
            Value value = variable ? tape.variable(tensor) : Value.constant(tensor);
            values.put(shard, variable && factored.contains(shard.spec().name()) ? value.keepGradientFactors() : value);
        });
    }

    /** The parameters of {@code step} for its shard on device {@code index}, by name. */
    Map<String, Value> on(ShardedStep step, int index) {
        Device device = plan.devices().get(index);
        Map<String, Value> found = new HashMap<>();
        for (ParameterShard shard : parameters.of(step)) {
            if (step.axis() != Axis.CHANNEL) {
                found.put(shard.spec().name(), Functions.transfer(values.get(shard), device));
            } else if (shard.parameter().device() == device) {
                found.put(shard.spec().name(), values.get(shard));
            }
        }
        return found;
    }

    /** Takes note of the states that the layers of {@code contexts} have replaced. */
    void collectStates(List<Context> contexts) {
        for (Context context : contexts) {
            context.stateUpdates().forEach((name, value) -> {
                ParameterShard shard = stateShard(name, context.device());
                newStates.computeIfAbsent(shard, s -> new ArrayList<>()).add(value);
            });
        }
    }

    private ParameterShard stateShard(String name, Device device) {
        List<ParameterShard> found = parameters.of(name);
        if (!found.get(0).spec().isState()) {
            throw TandemException.argument(
                    "update state " + name,
                    "a parameter",
                    name,
                    "a state",
                    "Declare it with ParameterSpec.state, or leave its update to the optimizer");
        }
        return found.size() == 1
                ? found.get(0)
                : found.stream()
                        .filter(shard -> shard.parameter().device() == device)
                        .findFirst()
                        .orElseThrow();
    }

    /** The states that were taken note of, not yet in place. */
    List<Tensor> newStates() {
        return newStates.values().stream()
                .flatMap(List::stream)
                .map(Value::tensor)
                .toList();
    }

    /** Puts the new states in place. */
    void updateStates() {
        newStates.keySet().forEach(shard -> {
            Tensor mean = newState(shard);
            shard.parameter().device().memory().assign(shard.parameter(), mean);
        });
    }

    /** The new value of a state: the mean if several devices have one. */
    private Tensor newState(ParameterShard shard) {
        List<Value> list = newStates.get(shard);
        Device device = shard.parameter().device();
        device.profile().at(plan.owner(shard.spec()).step().name(), Profile.Phase.UPDATE);
        Value sum = list.stream()
                .map(value -> Functions.transfer(value, device))
                .reduce(Value::add)
                .orElseThrow();
        return (list.size() == 1 ? sum : sum.multiply(1.0 / list.size())).tensor();
    }

    /** The gradients and the new states as numbers, with the loss that they are of. */
    HostGradients onHost(double loss) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        Map<String, HostGradients.Factors> factors = new LinkedHashMap<>();
        Map<String, float[]> states = new LinkedHashMap<>();
        for (ParameterSpec spec : plan.specs()) {
            List<ParameterShard> shards = parameters.of(spec.name());
            if (shards.stream().allMatch(shard -> values.get(shard).hasGradient())) {
                gradients.put(
                        spec.name(),
                        joined(spec, shards, shard -> values.get(shard).gradient()));
            }
            if (newStates.keySet().containsAll(shards)) {
                states.put(spec.name(), joined(spec, shards, this::newState));
            }
            // A model on several devices has none.
            values.get(shards.get(0))
                    .gradientFactors()
                    .forEach(pair -> factors.put(
                            spec.name(),
                            new HostGradients.Factors(
                                    pair.inputs().shape().dim(0),
                                    pair.inputs().read(),
                                    pair.outputGradients().read())));
        }
        return new HostGradients(gradients, factors, states, loss);
    }

    private static float[] joined(
            ParameterSpec spec, List<ParameterShard> shards, Function<ParameterShard, Tensor> tensors) {
        if (shards.size() == 1) {
            return tensors.apply(shards.get(0)).read();
        }
        FloatBuffer whole = FloatBuffer.allocate(spec.shape().arrayLength());
        shards.forEach(shard -> whole.put(tensors.apply(shard).read()));
        return whole.array();
    }

    /** Whether gradients flow to a parameter of {@code step}. */
    boolean areOnTape(ShardedStep step) {
        return parameters.of(step).stream().anyMatch(shard -> values.get(shard).isOnTape());
    }

    /** The tape whose variables the parameters are; null if all are constants. */
    @Nullable
    Tape tape() {
        return tape;
    }

    /** The Euclidean length of the gradient with respect to each whole parameter that is trained. */
    Map<String, Double> gradientNorms() {
        Map<String, Double> norms = new LinkedHashMap<>();
        plan.specs().stream()
                .filter(ParameterSpec::isTrained)
                .forEach(spec -> norms.put(
                        spec.name(),
                        ShardedParameters.length(parameters.of(spec.name()).stream()
                                .map(values::get)
                                .filter(Value::hasGradient)
                                .map(Value::gradient))));
        return norms;
    }

    /** The gradients of all shards that have one, in the order of the parameters. */
    Map<ParameterShard, Tensor> gradients() {
        Map<ParameterShard, Tensor> gradients = new LinkedHashMap<>();
        parameters.shards().stream()
                .filter(shard -> values.get(shard).hasGradient())
                .forEach(shard -> gradients.put(shard, values.get(shard).gradient()));
        return gradients;
    }
}

package dev.tandem.placement;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.Plan.ShardedStep;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A plan's parameters and velocities. A layer divided by channel has its parameters in shards, one on each device. A
 * layer divided by image has each parameter whole, on one device, chosen so that all devices update about as many
 * numbers; the other devices get a copy in each step. A layer that is not divided has its parameters on the device that
 * it runs on.
 */
final class ShardedParameters implements AutoCloseable {
    /** Rows {@code range} of a parameter, with their velocity (null if the parameter is not trained). */
    record ParameterShard(ParameterSpec spec, ChannelRange range, Tensor parameter, Tensor velocity) {}

    private final Plan plan;
    private final boolean trainable;
    private final Map<String, List<ParameterShard>> shards = new LinkedHashMap<>();
    private final Map<ShardedStep, List<ParameterShard>> byStep = new IdentityHashMap<>();
    private final Set<String> unwritten = new HashSet<>();

    ShardedParameters(Plan plan, boolean trainable) {
        this.plan = plan;
        this.trainable = trainable;
        if (trainable) {
            requireSomethingTrained();
        }
        Map<ParameterSpec, Integer> homes = homes(plan);
        for (ParameterSpec spec : plan.specs()) {
            ShardedStep step = plan.owner(spec.name());
            int count = step.axis() == Axis.CHANNEL ? plan.devices().size() : 1;
            int first = homes.getOrDefault(spec, 0);
            List<ParameterShard> list = new ArrayList<>();
            for (int index = 0; index < count; index++) {
                int rows = spec.shape().rank() == 0 ? 1 : spec.shape().dim(0);
                ChannelRange range = ChannelRange.shard(rows, index, count);
                Shape shape = count == 1 ? spec.shape() : spec.shape().with(0, range.length());
                Device device = plan.devices().get(first + index);
                list.add(new ParameterShard(
                        spec,
                        range,
                        device.allocate(shape),
                        trainable && spec.isTrained() ? device.filled(shape, 0) : null));
            }
            shards.put(spec.name(), list);
            unwritten.add(spec.name());
            byStep.computeIfAbsent(step, s -> new ArrayList<>()).addAll(list);
        }
    }

    /**
     * For each parameter of a layer divided by image, the index of its device: the largest first, each to the device
     * with the fewest elements.
     */
    private static Map<ParameterSpec, Integer> homes(Plan plan) {
        long[] elements = new long[plan.devices().size()];
        Map<ParameterSpec, Integer> homes = new HashMap<>();
        plan.specs().stream()
                .filter(spec -> plan.owner(spec.name()).axis() == Axis.BATCH)
                .sorted(Comparator.comparingLong(spec -> -spec.shape().elements()))
                .forEach(spec -> {
                    int least = 0;
                    for (int index = 1; index < elements.length; index++) {
                        if (elements[index] < elements[least]) {
                            least = index;
                        }
                    }
                    elements[least] += spec.shape().elements();
                    homes.put(spec, least);
                });
        return homes;
    }

    /** All shards, in the order of the parameters. */
    List<ParameterShard> shards() {
        return shards.values().stream().flatMap(List::stream).toList();
    }

    /** Checks that every parameter has values: memory that was not written has arbitrary contents. */
    void requireInitialized() {
        if (!unwritten.isEmpty()) {
            throw TandemException.argument(
                    "model",
                    "parameters have no values yet",
                    unwritten.stream().sorted().toList(),
                    "initialised or restored parameters",
                    "Call initialize(seed), or restore a checkpoint");
        }
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

    /** The shards of the parameter called {@code name}. */
    private List<ParameterShard> named(String name, boolean velocity) {
        List<ParameterShard> found = shards.get(name);
        if (found == null) {
            throw TandemException.argument(
                    "model", "no such parameter", name, "one of " + shards.keySet(), "Use a name of parameters()");
        }
        if (velocity) {
            requireTrainable();
            if (found.get(0).velocity() == null) {
                throw TandemException.argument(
                        "model",
                        "a constant has no velocity",
                        name,
                        "a parameter that is trained",
                        "Ask only for those whose isTrained() is true");
            }
        }
        return found;
    }

    /** Checks that the model was placed for training. */
    void requireTrainable() {
        if (!trainable) {
            throw TandemException.argument(
                    "model",
                    "it was placed for inference",
                    "no velocities",
                    "a model placed for training",
                    "Place it with trainable true");
        }
    }

    /** The parameters as variables of {@code tape}, but for those that are not trained. */
    Values variables(Tape tape) {
        return new Values(tape);
    }

    /** The parameters as constants. */
    Values constants() {
        return new Values(null);
    }

    /** The parameters in one pass of the network. */
    final class Values {
        private final Tape tape;
        private final Map<ParameterShard, Value> values = new IdentityHashMap<>();

        private Values(Tape tape) {
            this.tape = tape;
            shards.values().stream().flatMap(List::stream).forEach(shard -> {
                Tensor tensor = shard.parameter();
                boolean variable = tape != null && shard.spec().isTrained();
                values.put(shard, variable ? tape.variable(tensor) : Value.constant(tensor));
            });
        }

        /** The parameters of {@code step} for its shard on device {@code index}, by name. */
        Map<String, Value> on(ShardedStep step, int index) {
            Device device = plan.devices().get(index);
            Map<String, Value> found = new HashMap<>();
            for (ParameterShard shard : byStep.getOrDefault(step, List.of())) {
                if (step.axis() != Axis.CHANNEL) {
                    found.put(shard.spec().name(), Functions.transfer(values.get(shard), device));
                } else if (shard.parameter().device() == device) {
                    found.put(shard.spec().name(), values.get(shard));
                }
            }
            return found;
        }

        /** The tape whose variables the parameters are. */
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
                            length(shards.get(spec.name()).stream()
                                    .map(values::get)
                                    .filter(Value::hasGradient)
                                    .map(Value::gradient))));
            return norms;
        }

        /** One optimizer pass over every shard that has a gradient, on its own device. */
        void update(StepSettings settings) {
            shards.values().stream().flatMap(List::stream).forEach(shard -> {
                Value value = values.get(shard);
                if (value.hasGradient()) {
                    Device device = shard.parameter().device();
                    String layer = plan.owner(shard.spec().name()).step().name();
                    device.profile().at(layer, Profile.Phase.UPDATE);
                    device.updates()
                            .sgd(shard.parameter(), shard.velocity(), value.gradient(), settings.update(shard.spec()));
                }
            });
        }
    }

    /** The length of a parameter or of its velocity. */
    double norm(String name, boolean velocity) {
        requireInitialized();
        return length(named(name, velocity).stream().map(shard -> velocity ? shard.velocity() : shard.parameter()));
    }

    private static double length(Stream<Tensor> shards) {
        try (TensorScope scope = TensorScope.open()) {
            return Math.sqrt(shards.mapToDouble(shard -> {
                        Device device = shard.device();
                        Tensor squares = device.elementwise().binary(BinaryFunction.MULTIPLY, shard, shard);
                        return device.reductions().sum(squares).readScalar();
                    })
                    .sum());
        }
    }

    float[] read(String name, boolean velocity) {
        List<ParameterShard> list = named(name, velocity);
        if (unwritten.contains(name)) {
            requireInitialized();
        }
        float[] whole = new float[list.get(0).spec().shape().arrayLength()];
        int position = 0;
        for (ParameterShard shard : list) {
            float[] part = (velocity ? shard.velocity() : shard.parameter()).read();
            System.arraycopy(part, 0, whole, position, part.length);
            position += part.length;
        }
        return whole;
    }

    void write(String name, boolean velocity, float[] whole) {
        List<ParameterShard> list = named(name, velocity);
        Shape expected = list.get(0).spec().shape();
        if (whole.length != expected.elements()) {
            throw TandemException.argument(
                    "write " + name,
                    "another number of elements",
                    whole.length,
                    expected.elements() + " for shape " + expected,
                    "");
        }
        if (!velocity) {
            unwritten.remove(name);
        }
        int position = 0;
        for (ParameterShard shard : list) {
            Tensor tensor = velocity ? shard.velocity() : shard.parameter();
            int length = Math.toIntExact(tensor.shape().elements());
            tensor.write(length == whole.length ? whole : Arrays.copyOfRange(whole, position, position + length));
            position += length;
        }
    }

    @Override
    public void close() {
        shards.values().stream().flatMap(List::stream).forEach(shard -> {
            shard.parameter().close();
            if (shard.velocity() != null) {
                shard.velocity().close();
            }
        });
    }
}

package dev.tandem.placement;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.ParameterUpdate;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.HostGradients;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A plan's parameters, and what an optimizer keeps for each. A layer divided by channel has its parameters in shards,
 * one on each device. A layer divided by image has each parameter whole, on one device, chosen so that all devices
 * update about as many numbers; the other devices get a copy in each step. A layer that is not divided has its
 * parameters on the device that it runs on.
 */
final class ShardedParameters implements AutoCloseable {
    /** Rows {@code range} of a parameter, and what the optimizer keeps for them, by name; nothing of a constant. */
    record ParameterShard(ParameterSpec spec, ChannelRange range, Tensor parameter, Map<String, Tensor> state) {
        /** What the optimizer calls {@code name}; the parameter itself if that is null. */
        Tensor tensor(String name) {
            return name == null ? parameter : state.get(name);
        }

        /** The average of the parameter over the updates; null if none is kept. */
        Tensor average() {
            return state.get(Training.AVERAGE);
        }
    }

    private final Plan plan;
    private final List<String> state;
    private final Map<String, List<ParameterShard>> shards = new LinkedHashMap<>();
    private final Map<String, List<ParameterShard>> byStep = new HashMap<>();
    private final Set<String> unwritten = new HashSet<>();

    /**
     * Allocates the parameters.
     *
     * @param training what they are trained with, which names what is kept for each trained parameter; null for inference
     */
    ShardedParameters(Plan plan, @Nullable Training training) {
        this.plan = plan;
        this.state = training == null ? List.of() : List.copyOf(training.state());
        Map<ParameterSpec, Integer> homes = homes(plan);
        for (ParameterSpec spec : plan.specs()) {
            ShardedStep step = plan.owner(spec);
            int count = step.axis() == Axis.CHANNEL ? plan.devices().size() : 1;
            int first = homes.getOrDefault(spec, 0);
            List<ParameterShard> list = new ArrayList<>();
            for (int index = 0; index < count; index++) {
                int rows = spec.shape().rank() == 0 ? 1 : spec.shape().dim(0);
                ChannelRange range = ChannelRange.shard(rows, index, count);
                Shape shape = count == 1 ? spec.shape() : spec.shape().with(0, range.length());
                Device device = plan.devices().get(first + index);
                Map<String, Tensor> kept = new LinkedHashMap<>();
                Tensor parameter = device.allocate(shape);
                if (training == null) {
                    device.memory().keepForInference(parameter);
                } else if (spec.isTrained()) {
                    state.forEach(name -> kept.put(name, device.filled(shape, 0)));
                }
                list.add(new ParameterShard(spec, range, parameter, kept));
            }
            shards.put(spec.name(), list);
            unwritten.add(spec.name());
            byStep.computeIfAbsent(step.step().name(), name -> new ArrayList<>())
                    .addAll(list);
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
                .filter(spec -> plan.owner(spec).axis() == Axis.BATCH)
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

    /** The names of what is kept for each trained parameter. */
    List<String> state() {
        return state;
    }

    /** The tensors of what {@code kept} names of a parameter, or of the parameter itself if that is null. */
    private List<Tensor> tensors(String name, String kept) {
        return named(name, kept).stream().map(shard -> shard.tensor(kept)).toList();
    }

    /** The shards of the parameter called {@code name}, which have the state called {@code kept} if it is not null. */
    private List<ParameterShard> named(String name, String kept) {
        List<ParameterShard> found = shards.get(name);
        if (found == null) {
            throw TandemException.argument(
                    "model", "no such parameter", name, "one of " + shards.keySet(), "Use a name of parameters()");
        }
        if (kept != null && !state.contains(kept)) {
            throw TandemException.argument("model", "no such state", kept, "one of " + state, "Use a name of state()");
        }
        if (kept != null && !found.get(0).spec().isTrained()) {
            throw TandemException.argument(
                    "model",
                    "a constant has no " + kept,
                    name,
                    "a parameter that is trained",
                    "Ask only for those whose isTrained() is true");
        }
        return found;
    }

    /**
     * The parameters as variables of {@code tape}, but for those that are not trained.
     *
     * @param factored those whose gradients are left as factors
     */
    ParameterValues variables(Tape tape, Set<String> factored) {
        return new ParameterValues(plan, this, tape, factored);
    }

    /** The parameters as constants: their averages, if those are kept. */
    ParameterValues constants() {
        return new ParameterValues(plan, this, null, Set.of());
    }

    /** The shards of the parameter called {@code name}. */
    List<ParameterShard> of(String name) {
        return shards.get(name);
    }

    /** The shards of the parameters of a step. */
    List<ParameterShard> of(ShardedStep step) {
        return byStep.getOrDefault(step.step().name(), List.of());
    }

    /** These gradients on the devices of their parameters. */
    Map<ParameterShard, Tensor> onDevices(HostGradients given) {
        Map<ParameterShard, Tensor> gradients = new LinkedHashMap<>();
        for (ParameterShard shard : shards()) {
            String name = shard.spec().name();
            Device device = shard.parameter().device();
            Shape shape = shard.parameter().shape();
            float[] whole = given.gradients().get(name);
            HostGradients.Factors factors = given.factors().get(name);
            if (whole != null) {
                gradients.put(shard, device.allocate(shape).write(rows(whole, shard)));
            } else if (factors != null) {
                Tensor inputs =
                        device.allocate(Shape.of(factors.rows(), shape.dim(1))).write(factors.inputs());
                ChannelRange range = shard.range();
                int out = shard.spec().shape().dim(0);
                Tensor all = device.allocate(Shape.of(factors.rows(), out)).write(factors.outputGradients());
                Tensor outputs =
                        range.length() == out ? all : device.memory().slice(all, 1, range.from(), range.length());
                gradients.put(
                        shard,
                        device.matrices()
                                .linearBackwardWeights(inputs, outputs, false)
                                .weights());
            }
        }
        return gradients;
    }

    /** Of a whole parameter's numbers those that {@code shard} has. A scalar is not divided. */
    private static float[] rows(float[] whole, ParameterShard shard) {
        int length = shard.parameter().shape().arrayLength();
        if (length == whole.length) {
            return whole;
        }
        int from = shard.range().from() * (whole.length / shard.spec().shape().dim(0));
        return Arrays.copyOfRange(whole, from, from + length);
    }

    /** One optimizer pass over every shard that has a gradient, on its own device; then its average. */
    void update(Map<ParameterShard, Tensor> gradients, StepSettings settings, Training training) {
        gradients.forEach((shard, gradient) -> {
            String layer = plan.owner(shard.spec()).step().name();
            shard.parameter().device().profile().at(layer, Profile.Phase.UPDATE);
            long number = settings.step() + 1;
            try (TensorScope scope = TensorScope.open()) {
                training.optimizer()
                        .update(new ParameterUpdate(
                                shard.parameter(),
                                gradient,
                                shard.state(),
                                settings.learningRate(shard.spec()),
                                shard.spec().initializer().weightDecayMultiplier(),
                                number));
                if (shard.average() != null) {
                    average(shard, number == 1 ? 0 : training.averageDecay());
                }
            }
        });
    }

    /** {@code average = decay average + (1 - decay) parameter}. */
    private static void average(ParameterShard shard, double decay) {
        Value average = Value.constant(shard.average());
        Value parameter = Value.constant(shard.parameter());
        Value moved = decay == 0 ? parameter : average.multiply(decay).add(parameter.multiply(1 - decay));
        shard.average().device().memory().assign(shard.average(), moved.tensor());
    }

    /** The length of a parameter, or of what {@code kept} names of it. */
    double norm(String name, String kept) {
        requireInitialized();
        return length(tensors(name, kept).stream());
    }

    /** The Euclidean length of a tensor of which {@code shards} are the parts. */
    static double length(Stream<Tensor> shards) {
        try (TensorScope scope = TensorScope.open()) {
            return Math.sqrt(shards.mapToDouble(shard -> {
                        Device device = shard.device();
                        Tensor squares = device.elementwise().binary(BinaryFunction.MULTIPLY, shard, shard);
                        return device.reductions().sum(squares).readScalar();
                    })
                    .sum());
        }
    }

    /** The elements of a parameter, or of what {@code kept} names of it. */
    float[] read(String name, String kept) {
        List<ParameterShard> list = named(name, kept);
        if (unwritten.contains(name)) {
            requireInitialized();
        }
        if (list.size() == 1) {
            return list.get(0).tensor(kept).read();
        }
        float[] whole = new float[list.get(0).spec().shape().arrayLength()];
        int position = 0;
        for (ParameterShard shard : list) {
            float[] part = shard.tensor(kept).read();
            System.arraycopy(part, 0, whole, position, part.length);
            position += part.length;
        }
        return whole;
    }

    /** Replaces a parameter, with its average, or what {@code kept} names of it. */
    void write(String name, String kept, float[] whole) {
        List<ParameterShard> list = named(name, kept);
        Shape expected = list.get(0).spec().shape();
        if (whole.length != expected.elements()) {
            throw TandemException.argument(
                    "write " + name,
                    "another number of elements",
                    whole.length,
                    expected.elements() + " for shape " + expected,
                    "");
        }
        if (kept == null) {
            unwritten.remove(name);
        }
        int position = 0;
        for (ParameterShard shard : list) {
            Tensor tensor = shard.tensor(kept);
            int length = Math.toIntExact(tensor.shape().elements());
            float[] part = length == whole.length ? whole : Arrays.copyOfRange(whole, position, position + length);
            tensor.write(part);
            if (kept == null && shard.average() != null) {
                shard.average().write(part);
            }
            position += length;
        }
    }

    @Override
    public void close() {
        shards().forEach(shard -> {
            shard.parameter().close();
            shard.state().values().forEach(Tensor::close);
        });
    }
}

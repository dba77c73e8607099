package dev.tandem.testkit;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ChannelShard;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * A layer with an input and parameters drawn for it. The layer's loss is the sum of its outputs, each weighted by a
 * number drawn for it, so that every output counts.
 *
 * @param input the input's shape, with its batch axis
 * @param seed what the numbers are drawn from
 * @param inputs turns standard normal numbers into inputs
 */
record LayerTrial(Layer layer, Shape input, long seed, DoubleUnaryOperator inputs) {
    /** The key of the input among the {@linkplain #numbers numbers}; parameters have their names. */
    static final String INPUT = "input";

    /**
     * A run's output with its shape, its loss, and in training the gradients with respect to the input and all
     * parameters, and the new states.
     */
    record Outcome(
            Shape shape, double[] output, double loss, Map<String, double[]> gradients, Map<String, double[]> states) {}

    static Device reference() {
        return Backends.open(ReferenceProvider.NAME).devices().get(0);
    }

    /**
     * The input, all parameters near their initial values, and all states above theirs, since a state may be a variance;
     * exact in single precision.
     */
    Map<String, double[]> numbers() {
        Map<String, double[]> numbers = new LinkedHashMap<>();
        numbers.put(INPUT, drawn(INPUT, input));
        for (int i = 0; i < numbers.get(INPUT).length; i++) {
            numbers.get(INPUT)[i] = (float) inputs.applyAsDouble(numbers.get(INPUT)[i]);
        }
        for (ParameterSpec spec : layer.parameters(input)) {
            double[] values = drawn(spec.name(), spec.shape());
            float[] initial = spec.initialValues(seed);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (initial[i] + 0.5 * (spec.isState() ? Math.abs(values[i]) : values[i]));
            }
            numbers.put(spec.name(), values);
        }
        return numbers;
    }

    private double[] drawn(String name, Shape shape) {
        RandomKey key = new RandomKey(seed, RandomKey.Purpose.SYNTHETIC, 0, RandomKey.stream(name));
        double[] values = new double[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Philox.gaussian(key, i);
        }
        return values;
    }

    /** A training pass on {@code device}: forward and backward. */
    Outcome train(Device device, Map<String, double[]> numbers) {
        try (TensorScope scope = TensorScope.open()) {
            Tape tape = new Tape();
            Value x = tape.variable(device.allocate(input).writeDoubles(numbers.get(INPUT)));
            Map<String, Value> parameters = parameters(device, numbers, tape);
            Context context = Context.training(device, parameters, seed, 1);
            Value y = layer.forward(x, context);
            double[] output = y.tensor().readDoubles();
            Map<String, double[]> states = new LinkedHashMap<>();
            context.stateUpdates()
                    .forEach((name, value) -> states.put(name, value.tensor().readDoubles()));
            double[] weights = drawn("loss", y.shape());
            tape.backward(y, device.allocate(y.shape()).writeDoubles(weights));
            Map<String, double[]> gradients = new LinkedHashMap<>();
            gradients.put(INPUT, gradient(x));
            for (ParameterSpec spec : layer.parameters(input)) {
                if (!spec.isState()) {
                    gradients.put(spec.name(), gradient(parameters.get(spec.name())));
                }
            }
            return new Outcome(y.shape(), output, dot(output, weights), gradients, states);
        }
    }

    /** The loss of a training pass, without gradients. */
    double loss(Device device, Map<String, double[]> numbers) {
        try (TensorScope scope = TensorScope.open()) {
            Value x = Value.constant(device.allocate(input).writeDoubles(numbers.get(INPUT)));
            Value y = layer.forward(x, Context.training(device, parameters(device, numbers, null), seed, 1));
            return dot(y.tensor().readDoubles(), drawn("loss", y.shape()));
        }
    }

    /** An inference pass on {@code device}. */
    Outcome infer(Device device, Map<String, double[]> numbers) {
        try (TensorScope scope = TensorScope.open()) {
            Value x = Value.constant(device.allocate(input).writeDoubles(numbers.get(INPUT)));
            Value y = layer.forward(x, Context.inference(device, parameters(device, numbers, null)));
            return new Outcome(y.shape(), y.tensor().readDoubles(), 0, Map.of(), Map.of());
        }
    }

    /** The channels {@code range} of an inference pass's output, of {@code channels}, computed by {@code shard}. */
    double[] inferShard(
            Device device, Map<String, double[]> numbers, ChannelShard shard, ChannelRange range, int channels) {
        try (TensorScope scope = TensorScope.open()) {
            Map<String, Value> cut = new HashMap<>();
            parameters(device, numbers, null).forEach((name, whole) -> {
                if (whole.dim(0) != channels) {
                    throw new AssertionError(this + ": defines shards, but its parameter " + name + " of "
                            + whole.shape() + " cannot be cut into " + channels + " channels");
                }
                cut.put(name, whole.slice(0, range.from(), range.length()));
            });
            Value x = Value.constant(device.allocate(input).writeDoubles(numbers.get(INPUT)))
                    .slice(1, shard.input().from(), shard.input().length());
            Value y = shard.layer().forward(x, Context.inference(device, cut));
            return ChannelShard.trim(y, shard.input(), range).tensor().readDoubles();
        }
    }

    /** The parameters on {@code device}: variables of {@code tape}, but for states; constants if it is null. */
    private Map<String, Value> parameters(Device device, Map<String, double[]> numbers, Tape tape) {
        Map<String, Value> parameters = new HashMap<>();
        for (ParameterSpec spec : layer.parameters(input)) {
            Tensor tensor = device.allocate(spec.shape()).writeDoubles(numbers.get(spec.name()));
            parameters.put(
                    spec.name(), tape == null || spec.isState() ? Value.constant(tensor) : tape.variable(tensor));
        }
        return parameters;
    }

    /** The gradient; zeros if the loss does not depend on the value, which finite differences check. */
    private static double[] gradient(Value value) {
        return value.hasGradient()
                ? value.gradient().readDoubles()
                : new double[Math.toIntExact(value.shape().elements())];
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Override
    public String toString() {
        return layer + " over " + input + " (seed " + seed + ")";
    }
}

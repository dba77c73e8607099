package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Named layers, each applied to the output of the one before: {@code y = last(... second(first(x)))}. An activation
 * after a convolution or a linear layer runs as part of it. Parameters are named {@code layer.parameter}, such as
 * {@code conv1.weight}: {@link ParameterName}.
 */
public final class Network implements Layer {
    private final Map<String, Layer> layers;
    private final List<Step> steps;
    private final Set<String> frozen;

    /**
     * What runs together: a layer, and the activation fused into it.
     *
     * @param name the layer's name
     * @param layer the layer
     * @param activation the function of the activation after it; IDENTITY if there is none
     */
    public record Step(String name, Layer layer, UnaryFunction activation) {
        /** The output for {@code x}; {@code context} is the sequence's. */
        public Value forward(Value x, Context context) {
            Context inner = context.within(name);
            return activation == UnaryFunction.IDENTITY
                    ? layer.forward(x, inner)
                    : ((Fusible) layer).forward(x, inner, activation);
        }

        /** The outputs for {@code parts} of one batch; {@code contexts} are the sequence's. */
        public List<Value> forward(List<Value> parts, List<Context> contexts) {
            if (activation == UnaryFunction.IDENTITY) {
                return layer.forward(
                        parts,
                        contexts.stream().map(context -> context.within(name)).toList());
            }
            List<Value> outputs = new ArrayList<>();
            for (int i = 0; i < parts.size(); i++) {
                outputs.add(forward(parts.get(i), contexts.get(i)));
            }
            return outputs;
        }

        /** The function of this step if it is an activation, or of the activation fused into it; otherwise IDENTITY. */
        public UnaryFunction function() {
            return layer instanceof Activation own ? own.function() : activation;
        }

        /** This step with another layer, which computes a shard of its output. */
        public Step withLayer(Layer shard) {
            return new Step(name, shard, activation);
        }
    }

    private Network(Map<String, Layer> layers, Set<String> frozen) {
        this.layers = layers;
        this.steps = fuse(layers);
        this.frozen = frozen;
    }

    private static List<Step> fuse(Map<String, Layer> layers) {
        List<Step> steps = new ArrayList<>();
        for (Map.Entry<String, Layer> entry : layers.entrySet()) {
            Step last = steps.isEmpty() ? null : steps.get(steps.size() - 1);
            if (entry.getValue() instanceof Activation next
                    && next.function().gradientFromOutput()
                    && last != null
                    && last.layer() instanceof Fusible
                    && last.activation() == UnaryFunction.IDENTITY) {
                steps.set(steps.size() - 1, new Step(last.name(), last.layer(), next.function()));
            } else {
                steps.add(new Step(entry.getKey(), entry.getValue(), UnaryFunction.IDENTITY));
            }
        }
        return List.copyOf(steps);
    }

    /** Starts an empty sequence. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects the layers of a sequence in order. */
    public static final class Builder {
        private final Map<String, Layer> layers = new LinkedHashMap<>();

        private Builder() {}

        /** Appends {@code layer}; {@code name} is unique in the sequence and has no dot. */
        public Builder add(String name, Layer layer) {
            LayerArguments.requirePresent("network", "name", name);
            LayerArguments.requirePresent("network", "layer called " + name, layer);
            if (name.isEmpty() || name.contains(".") || layers.putIfAbsent(name, layer) != null) {
                throw TandemException.argument(
                        "network",
                        "a name that is empty, dotted or taken",
                        name,
                        "a new plain name",
                        "Rename the layer");
            }
            return this;
        }

        /** The sequence of all layers so far. */
        public Network build() {
            return new Network(new LinkedHashMap<>(layers), Set.of());
        }
    }

    /** The layers by name, in order. */
    public Map<String, Layer> layers() {
        return Collections.unmodifiableMap(layers);
    }

    /** The steps, in order. */
    public List<Step> steps() {
        return steps;
    }

    /** This sequence with every layer replaced by the result of {@code change}; null leaves the layer out. */
    public Network mapped(BiFunction<String, Layer, Layer> change) {
        Builder builder = builder();
        layers.forEach((name, layer) -> {
            Layer changed = change.apply(name, layer);
            if (changed != null) {
                builder.add(name, changed);
            }
        });
        return new Network(builder.layers, frozen);
    }

    /**
     * This sequence with the parameters of some layers as constants, besides those that already are. They stay as they
     * are in training and have no optimizer state. The backward pass goes no further down than to the first layer that
     * learns.
     *
     * @param patterns the layers, as a {@link LayerPattern}: {@code conv*}
     */
    public Network frozen(String... patterns) {
        Set<String> names = new HashSet<>(frozen);
        for (String pattern : patterns) {
            LayerPattern wanted = new LayerPattern(pattern);
            List<String> found =
                    layers.keySet().stream().filter(wanted::matches).toList();
            if (found.isEmpty()) {
                throw TandemException.argument(
                        "freeze layers",
                        "no layer has such a name",
                        pattern,
                        "one of " + layers.keySet(),
                        "Use a layer's name, or * for any characters: conv*");
            }
            names.addAll(found);
        }
        return new Network(layers, names);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        List<ParameterSpec> all = new ArrayList<>();
        Shape shape = input;
        for (Map.Entry<String, Layer> entry : layers.entrySet()) {
            String name = entry.getKey();
            entry.getValue()
                    .parameters(shape)
                    .forEach(spec -> all.add((frozen.contains(name) ? spec.frozen() : spec).within(name)));
            shape = entry.getValue().outputShape(shape);
        }
        return List.copyOf(all);
    }

    @Override
    public Shape outputShape(Shape input) {
        Shape shape = input;
        for (Layer layer : layers.values()) {
            shape = layer.outputShape(shape);
        }
        return shape;
    }

    @Override
    public Value forward(Value x, Context context) {
        Value value = x;
        for (Step step : steps) {
            value = context.isTraining() ? step.forward(value, context) : forwardAndForget(step, value, x, context);
        }
        return value;
    }

    @Override
    public List<Value> forward(List<Value> parts, List<Context> contexts) {
        List<Value> values = parts;
        for (Step step : steps) {
            values = step.forward(values, contexts);
        }
        return values;
    }

    /** Without a tape no result is needed twice, so that only the output of the step is kept. */
    private static Value forwardAndForget(Step step, Value value, Value input, Context context) {
        Tensor out;
        try (TensorScope scope = TensorScope.open()) {
            out = scope.keep(step.forward(value, context).tensor());
        }
        if (value.tensor() != input.tensor() && value.tensor() != out) {
            value.tensor().close();
        }
        return Value.constant(out);
    }
}

package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A layer in a network, and the activation fused into it.
 *
 * @param name the layer's name
 * @param layer the layer
 * @param activation the function of the activation fused into it; IDENTITY if there is none
 * @param inputs the one value that it takes
 * @param rateFactor what the learning rates of its parameters are multiplied by; 0: they are constants
 */
public record LayerStep(String name, Layer layer, UnaryFunction activation, List<String> inputs, double rateFactor)
        implements Step {
    @Override
    public List<ParameterSpec> parameters(List<Shape> shapes) {
        return layer.parameters(shapes.get(0)).stream()
                .map(spec -> spec.withRateFactor(rateFactor).within(name))
                .toList();
    }

    @Override
    public Shape outputShape(List<Shape> shapes) {
        return layer.outputShape(shapes.get(0));
    }

    @Override
    public StepShard shard(ChannelRange output, List<Shape> shapes) {
        ChannelShard shard = layer.shard(output, shapes.get(0));
        return shard == null
                ? null
                : new StepShard(
                        new LayerStep(name, shard.layer(), activation, inputs, rateFactor),
                        List.of(shard.input()),
                        shard.zerosAllowed());
    }

    @Override
    public List<Value> forward(List<List<Value>> parts, List<Context> contexts) {
        List<Context> inner =
                contexts.stream().map(context -> context.within(name)).toList();
        if (activation == UnaryFunction.IDENTITY) {
            return layer.forward(parts.stream().map(values -> values.get(0)).toList(), inner);
        }
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            outputs.add(((Fusible) layer).forward(parts.get(i).get(0), inner.get(i), activation));
        }
        return outputs;
    }

    @Override
    public UnaryFunction function() {
        return layer instanceof Activation own ? own.function() : activation;
    }

    @Override
    public LayerStep renamed(Map<String, String> names) {
        List<String> renamed =
                inputs.stream().map(input -> names.getOrDefault(input, input)).toList();
        return new LayerStep(names.getOrDefault(name, name), layer, activation, renamed, rateFactor);
    }

    /** Whether {@code next} can run as part of this step, if nothing else uses this step's output. */
    boolean canFuse(Activation next) {
        return layer instanceof Fusible
                && activation == UnaryFunction.IDENTITY
                && next.function().gradientFromOutput();
    }

    @Override
    public LayerStep withRateFactor(double factor) {
        return new LayerStep(name, layer, activation, inputs, rateFactor * factor);
    }

    /** This step with the activation fused into it. */
    LayerStep fused(Activation next) {
        return new LayerStep(name, layer, next.function(), inputs, rateFactor);
    }
}

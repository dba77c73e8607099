package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A merge in a network.
 *
 * @param name its name
 * @param merge the merge
 * @param inputs the values that it takes
 * @param rateFactor what the learning rates of its parameters are multiplied by; 0: they are constants
 */
public record MergeStep(String name, Merge merge, List<String> inputs, double rateFactor) implements Step {
    @Override
    public List<ParameterSpec> parameters(List<Shape> shapes) {
        return merge.parameters(shapes).stream()
                .map(spec -> spec.withRateFactor(rateFactor).within(name))
                .toList();
    }

    @Override
    public Shape outputShape(List<Shape> shapes) {
        return merge.outputShape(shapes);
    }

    @Override
    public StepShard shard(ChannelRange output, List<Shape> shapes) {
        List<ChannelRange> needed = merge.shard(output, shapes);
        return needed == null ? null : new StepShard(this, needed, false);
    }

    @Override
    public List<Value> forward(List<List<Value>> parts, List<Context> contexts) {
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            outputs.add(merge.forward(parts.get(i), contexts.get(i).within(name)));
        }
        return outputs;
    }

    @Override
    public UnaryFunction function() {
        return UnaryFunction.IDENTITY;
    }

    @Override
    public MergeStep renamed(Map<String, String> names) {
        List<String> renamed =
                inputs.stream().map(input -> names.getOrDefault(input, input)).toList();
        return new MergeStep(names.getOrDefault(name, name), merge, renamed, rateFactor);
    }

    @Override
    public MergeStep withRateFactor(double factor) {
        return new MergeStep(name, merge, inputs, rateFactor * factor);
    }
}

package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.UnaryFunction;
import java.util.List;
import java.util.Map;

/** A node of a {@link Network}: what computes one value of others. */
public sealed interface Step permits LayerStep, MergeStep {
    /** Its name in the network, which is that of its output: with dots if it is in a network in the network. */
    String name();

    /** The names of the values that it takes: other steps, and inputs of the network. */
    List<String> inputs();

    /** The parameters for inputs of these shapes, by their names in the network. */
    List<ParameterSpec> parameters(List<Shape> inputs);

    /** The shape of the output for inputs of these shapes. */
    Shape outputShape(List<Shape> inputs);

    /** How the channels {@code output} are computed by themselves; null if the step runs whole. */
    StepShard shard(ChannelRange output, List<Shape> inputs);

    /** The output for {@code inputs}; {@code context} is the network's. */
    default Value forward(List<Value> inputs, Context context) {
        return forward(List.of(inputs), List.of(context)).get(0);
    }

    /**
     * The outputs for parts of one batch, each on the device of its context.
     *
     * @param parts for each part, the inputs
     * @param contexts the network's, one for each part
     */
    List<Value> forward(List<List<Value>> parts, List<Context> contexts);

    /** The function of this step if it is an activation, or of the activation fused into it; otherwise IDENTITY. */
    UnaryFunction function();

    /** This step with other names for itself and its inputs, by the names that it has; those not in it stay. */
    Step renamed(Map<String, String> names);

    /** What the learning rates of its parameters are multiplied by; 0: they are constants. */
    double rateFactor();

    /** This step with the learning rates of its parameters multiplied by {@code factor}; by 0, they are constants. */
    Step withRateFactor(double factor);
}

package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.dryrun.DryRun;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What makes one value of several in a {@link Network}, such as the sum at the end of a residual block. A lambda is a
 * merge: {@code (inputs, context) -> inputs.get(0).multiply(inputs.get(1))}. Shapes include the batch axis.
 */
@FunctionalInterface
public interface Merge {
    /** The output for {@code inputs}, in the order in which the network names them. */
    Value forward(List<Value> inputs, Context context);

    /** The parameters for inputs of these shapes; none by default. */
    default List<ParameterSpec> parameters(List<Shape> inputs) {
        return List.of();
    }

    /** The shape of the output for inputs of these shapes: by default found by a {@link DryRun}. */
    default Shape outputShape(List<Shape> inputs) {
        DryRun dry = new DryRun();
        try (TensorScope scope = TensorScope.open()) {
            List<Value> values = inputs.stream()
                    .map(shape -> Value.constant(dry.device().allocate(shape)))
                    .toList();
            return forward(values, Context.inference(dry.device(), parameters(inputs)))
                    .shape();
        }
    }

    /**
     * The channels of each input that make the channels {@code output}, so that a placement can divide this merge over
     * devices: {@link #forward} of them computes exactly these channels, and gets the rows of each parameter that belong
     * to them, as in a {@link ChannelShard}. An input whose range is empty is left out of what {@link #forward} gets. By
     * default null: the merge runs whole, on one device, whose inputs are gathered there.
     */
    default @Nullable List<ChannelRange> shard(ChannelRange output, List<Shape> inputs) {
        return null;
    }

    /** {@code y = x0 + x1 + ...} of inputs of one shape. */
    static Merge sum() {
        return new Sum();
    }

    /**
     * The inputs one behind the other along the channel axis: {@code (N, C0, ...)}, {@code (N, C1, ...)} make
     * {@code (N, C0 + C1 + ..., ...)}.
     */
    static Merge concatenation() {
        return new ChannelConcatenation();
    }
}

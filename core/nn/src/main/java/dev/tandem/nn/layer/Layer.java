package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a network: an immutable description with a forward pass. Gradients follow from the operations that it uses.
 * A lambda is a layer. Shapes include the batch axis.
 */
@FunctionalInterface
public interface Layer {
    /** The output for {@code x}; parameters and the mode (training or not) come from {@code context}. */
    Value forward(Value x, Context context);

    /**
     * The outputs for {@code parts} of one batch, each on the device of its context. By default each part by itself. A
     * layer whose outputs depend on the whole batch replaces this, and exchanges what it needs by
     * {@link dev.tandem.nn.autograd.Functions#transfer}. A layer made of layers passes the parts on together.
     */
    default List<Value> forward(List<Value> parts, List<Context> contexts) {
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            outputs.add(forward(parts.get(i), contexts.get(i)));
        }
        return outputs;
    }

    /** The parameters and states for inputs of shape {@code input}; none by default. */
    default List<ParameterSpec> parameters(Shape input) {
        return List.of();
    }

    /** The shape of the output for inputs of shape {@code input}: by default found by a {@link DryRun}. */
    default Shape outputShape(Shape input) {
        DryRun dry = new DryRun();
        try (TensorScope scope = TensorScope.open()) {
            Value x = Value.constant(dry.device().allocate(input));
            return forward(x, Context.inference(dry.device(), parameters(input)))
                    .shape();
        }
    }

    /**
     * How the channels {@code output} are computed by themselves for inputs of shape {@code input}, so that a placement
     * can divide the layer over devices. By default null: the layer runs whole, on one device, whose input is gathered
     * there.
     */
    default @Nullable ChannelShard shard(ChannelRange output, Shape input) {
        return null;
    }
}

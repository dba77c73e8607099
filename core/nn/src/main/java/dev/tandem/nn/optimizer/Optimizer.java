package dev.tandem.nn.optimizer;

import java.util.List;

/**
 * How a gradient changes a parameter. What it remembers from update to update are tensors of the parameter's shape,
 * called {@linkplain #state state}: placement keeps them beside the parameter, and checkpoints hold them.
 */
public interface Optimizer {
    /** The names of what is kept for each parameter, such as {@code velocity}; 0 everywhere at first. */
    List<String> state();

    /** Changes one parameter, or a shard of it, and its state. */
    void update(ParameterUpdate update);

    /** The same without weight decay; itself if it has none. */
    default Optimizer withoutWeightDecay() {
        return this;
    }
}

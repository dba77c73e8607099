package dev.tandem.placement;

import dev.tandem.placement.Plan.ShardedStep;

/** Gets the output of each step of a forward pass, and returns what the later steps take for it. */
@FunctionalInterface
interface Tap {
    /** Leaves every output as it is. */
    Tap NONE = (step, output) -> output;

    /** What the steps after {@code step} take for its {@code output}: the same numbers on the same devices. */
    Sharded at(ShardedStep step, Sharded output);
}

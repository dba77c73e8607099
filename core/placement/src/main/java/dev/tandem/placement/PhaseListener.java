package dev.tandem.placement;

import dev.tandem.placement.Plan.ShardedStep;
import org.jspecify.annotations.Nullable;

/** Callback of a training step, when a phase of a layer begins. */
@FunctionalInterface
interface PhaseListener {
    /** {@code phase} of {@code step} begins; the loss has a null step. */
    void onPhase(@Nullable ShardedStep step, Phase phase);
}

package dev.tandem.placement;

import dev.tandem.placement.Plan.ShardedStep;

/** Callback of a training step, when a phase of a layer begins. */
@FunctionalInterface
interface PhaseListener {
    /** {@code phase} of {@code step} begins; the loss has a null step. */
    void onPhase(ShardedStep step, Phase phase);
}

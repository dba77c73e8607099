package dev.tandem.placement;

/** The phases of a layer in a training step, in order. */
enum Phase {
    /** Each device gathers the input that it needs. */
    INPUT,
    /** Each device copies the parameters that it lacks, and computes. */
    FORWARD,
    /** Each device computes its gradients; those with respect to parameters are copied to where the parameters are. */
    BACKWARD,
    /** The gradient with respect to the input is copied back to where the input came from. */
    INPUT_GRADIENT
}

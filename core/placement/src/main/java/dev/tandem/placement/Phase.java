package dev.tandem.placement;

/** What a step of training does for a layer, in order. */
enum Phase {
    /** Brings each device what it must see of the layer's input. */
    INPUT,
    /** Brings each device the parameters that it lacks, and computes. */
    FORWARD,
    /** Computes the gradients, and brings those by parameters to where the parameters lie. */
    BACKWARD,
    /** Brings the gradient by the input to where the input came from. */
    INPUT_GRADIENT
}

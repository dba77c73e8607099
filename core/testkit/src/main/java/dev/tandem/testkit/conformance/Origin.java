package dev.tandem.testkit.conformance;

/**
 * Where an operation's input comes from. A backend may keep maps in a layout of its own between operations; each
 * operation must accept every layout that another may have left.
 */
enum Origin {
    /** Written by the host: row-major. */
    HOST,
    /** Left by a convolution, in the layout that the backend prefers there. */
    CONVOLUTION
}

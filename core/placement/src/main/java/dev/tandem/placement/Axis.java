package dev.tandem.placement;

/** How a layer's work is divided over the devices. */
public enum Axis {
    /** Not at all: it runs whole, on the first device. */
    NONE,
    /** By output channels: each device computes its share of the kernels, from the input channels that these see. */
    CHANNEL,
    /** By images: each device computes all kernels for its share of the batch. */
    BATCH
}

package dev.tandem.placement;

/** How a layer's work is divided over the devices. */
public enum Axis {
    /** Not divided: the layer runs whole, on the first device. */
    NONE,
    /** By output channels: each device computes some of the kernels, from the input channels that these need. */
    CHANNEL,
    /** By images: each device computes all kernels for some images of the batch. */
    BATCH
}

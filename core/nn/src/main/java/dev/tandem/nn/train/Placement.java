package dev.tandem.nn.train;

import dev.tandem.nn.layer.Network;
import dev.tandem.spi.Shape;

/** Decides on which devices a model's tensors are. */
public interface Placement {
    /**
     * Allocates the parameters of a network for inputs of shape {@code input}, the batch included.
     *
     * @param trainable whether it will be trained, which needs memory for velocities
     */
    PlacedModel place(Network network, Shape input, boolean trainable);
}

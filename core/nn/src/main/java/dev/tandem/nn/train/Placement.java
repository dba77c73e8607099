package dev.tandem.nn.train;

import dev.tandem.nn.layer.Sequential;
import dev.tandem.spi.Shape;

/** Decides where a model's tensors live. */
public interface Placement {
    /**
     * Takes the memory of a network for inputs of shape {@code input}, the batch included.
     *
     * @param trainable whether it will be trained, and so needs velocities
     */
    PlacedModel place(Sequential network, Shape input, boolean trainable);
}

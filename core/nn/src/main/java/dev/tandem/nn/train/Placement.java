package dev.tandem.nn.train;

import dev.tandem.nn.layer.Network;
import dev.tandem.spi.Shape;

/** Decides on which devices a model's tensors are. */
public interface Placement {
    /** Allocates the parameters of a network for inference on inputs of shape {@code input}, the batch included. */
    PlacedModel place(Network network, Shape input);

    /**
     * Allocates the parameters of a network and what its optimizer keeps for each, to train on inputs of shape
     * {@code input}, the batch included.
     */
    PlacedModel place(Network network, Shape input, Training training);
}

package dev.tandem.nn.train;

import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.spi.Shape;
import java.util.List;

/** Decides on which devices a model's tensors are. */
public interface Placement {
    /**
     * Allocates the parameters of a network for inference.
     *
     * @param inputs the shape of each input of the network, the batch included
     */
    PlacedModel place(Network network, List<Shape> inputs);

    /**
     * Allocates the parameters of a network and what its optimizer keeps for each, to train.
     *
     * @param inputs the shape of each input of the network, the batch included
     */
    PlacedModel place(Network network, List<Shape> inputs, Training training);

    /**
     * What a model of this placement is trained and validated with instead of {@code data}: by default these. A
     * placement over processes that load images by themselves gives their numbers only.
     */
    default Dataset feed(Dataset data) {
        return data;
    }

    /** As {@link #place(Network, List)}, for a network of one input. */
    default PlacedModel place(Network network, Shape input) {
        return place(network, List.of(input));
    }

    /** As {@link #place(Network, List, Training)}, for a network of one input. */
    default PlacedModel place(Network network, Shape input, Training training) {
        return place(network, List.of(input), training);
    }

    /** As {@link #place(Network, List, Training)}: the network of {@code recipe}, to train on batches of its size. */
    default PlacedModel place(Recipe recipe) {
        return place(recipe.network(), recipe.inputs(recipe.batch()), recipe.training());
    }
}

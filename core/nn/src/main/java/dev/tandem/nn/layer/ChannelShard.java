package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;

/**
 * What computes some of a layer's output channels by itself. Parameters arrive cut along their first axis, which must be
 * as long as the layer has output channels.
 *
 * @param layer the layer to run on the part
 * @param input the input channels it must see
 * @param given the channels it is given: {@code input}, between zeros where this is wider
 */
public record ChannelShard(Layer layer, ChannelRange input, ChannelRange given) {
    public ChannelShard {
        LayerArguments.requirePresent("channel part", "layer", layer);
        LayerArguments.requirePresent("channel part", "input range", input);
        LayerArguments.requirePresent("channel part", "given range", given);
    }

    /** A part that is given what it must see. */
    public ChannelShard(Layer layer, ChannelRange input) {
        this(layer, input, input);
    }

    /**
     * The channels {@code output} of what the part made. A layer that looks at neighbours makes a channel of each that it
     * was given; the surplus at the edges is cut off.
     */
    public Value trim(Value made, ChannelRange output) {
        return made.dim(1) == output.length() ? made : made.slice(1, output.from() - given.from(), output.length());
    }
}

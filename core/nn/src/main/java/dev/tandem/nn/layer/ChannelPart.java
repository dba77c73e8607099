package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;

/**
 * What computes some of a layer's output channels by itself. Parameters arrive cut along their first axis, which must be
 * as long as the layer has output channels.
 *
 * @param layer the layer to run on the part
 * @param input the input channels it must see
 */
public record ChannelPart(Layer layer, ChannelRange input) {
    /**
     * The channels {@code output} of what the part gave. A layer that looks at neighbours gives a channel for each that it
     * saw; the surplus at the edges is cut off.
     */
    public Value trim(Value given, ChannelRange output) {
        return given.dim(1) == output.length() ? given : given.slice(1, output.from() - input.from(), output.length());
    }
}

package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;

/**
 * How some of a layer's output channels are computed by themselves, so that a device can compute them alone. The layer
 * gets the rows of each parameter that belong to these channels: the first axis of each parameter must be as long as
 * the layer has output channels.
 *
 * @param layer the layer that computes the shard
 * @param input the input channels that the shard depends on
 * @param zerosAllowed whether zero channels may surround {@code input}, because the layer makes one output channel of
 *     each input channel and zeros change no other output
 */
public record ChannelShard(Layer layer, ChannelRange input, boolean zerosAllowed) {
    public ChannelShard {
        LayerArguments.requirePresent("channel shard", "layer", layer);
        LayerArguments.requirePresent("channel shard", "input range", input);
    }

    /** A shard whose layer, applied to the channels {@code input}, computes exactly the shard's output channels. */
    public ChannelShard(Layer layer, ChannelRange input) {
        this(layer, input, false);
    }

    /**
     * A shard whose layer makes one output channel of each input channel and its neighbours, such as a normalization
     * across channels: {@code input} is the output channels and those neighbours. Zero channels may surround it.
     */
    public static ChannelShard ofNeighbours(Layer layer, ChannelRange input) {
        return new ChannelShard(layer, input, true);
    }

    /**
     * The channels that a device passes to the layer to compute {@code output}; those outside of {@code input} are
     * zeros. They begin and end at multiples of {@code alignment} if {@code output} does and the shard allows zeros.
     * Otherwise they are {@code input}.
     *
     * @param alignment the multiple at which the device prefers ranges of channels to begin and end, 1 or more
     */
    public ChannelRange padded(ChannelRange output, int alignment) {
        return zerosAllowed ? input.alignedWith(output, alignment) : input;
    }

    /**
     * The channels {@code output} of {@code y}, which the layer made of the channels {@code padded}. If the layer made
     * channels of the neighbours as well, these are cut off.
     */
    public static Value trim(Value y, ChannelRange padded, ChannelRange output) {
        return y.dim(1) == output.length() ? y : y.slice(1, output.from() - padded.from(), output.length());
    }
}

package dev.tandem.nn.layer;

import java.util.List;

/**
 * How some of a step's output channels are computed by themselves: a {@link ChannelShard} of a layer, or a shard of a
 * merge.
 *
 * @param step computes the shard
 * @param inputs the channels of each input that the shard depends on; an input whose range is empty is left out
 * @param zerosAllowed whether zero channels may surround them
 */
public record StepShard(Step step, List<ChannelRange> inputs, boolean zerosAllowed) {
    public StepShard {
        inputs = List.copyOf(inputs);
    }

    /** The channels of input {@code input} that a device passes to the step: as {@link ChannelShard#padded}. */
    public ChannelRange padded(int input, ChannelRange output, int alignment) {
        ChannelRange needed = inputs.get(input);
        return zerosAllowed ? needed.alignedWith(output, alignment) : needed;
    }
}

package dev.tandem.nn.layer;

/**
 * Channels {@code from} to {@code to - 1} of a tensor's axis 1.
 *
 * @param from the first channel
 * @param to the channel behind the last
 */
public record ChannelRange(int from, int to) {
    /** How many channels. */
    public int length() {
        return to - from;
    }

    /** Shard {@code index} of {@code shards} of {@code channels} channels; the lengths differ by 1 at most. */
    public static ChannelRange shard(int channels, int index, int shards) {
        return new ChannelRange(
                (int) ((long) channels * index / shards), (int) ((long) channels * (index + 1) / shards));
    }

    /** Whether this range begins and ends at multiples of {@code alignment}. */
    boolean isAligned(int alignment) {
        return from % alignment == 0 && to % alignment == 0;
    }

    /** The smallest range around this one that begins and ends at multiples of {@code alignment}. */
    ChannelRange aligned(int alignment) {
        return new ChannelRange(from / alignment * alignment, (to + alignment - 1) / alignment * alignment);
    }

    /** The smallest range around this one with ends at such multiples, if {@code other} has; otherwise this one. */
    ChannelRange alignedWith(ChannelRange other, int alignment) {
        return other.isAligned(alignment) ? aligned(alignment) : this;
    }

    /**
     * The groups that contain this range, counted in groups: one for a range inside a group, several for a range
     * of whole groups. Null for any other range.
     *
     * @param size channels of a group
     */
    ChannelRange groupsAround(int size) {
        boolean insideOne = from / size == (to - 1) / size;
        return insideOne || isAligned(size) ? new ChannelRange(from / size, (to + size - 1) / size) : null;
    }
}

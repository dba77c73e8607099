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

    /** The part of {@code channels} channels that falls to {@code index} of {@code parts} equal parts, as nearly as can be. */
    public static ChannelRange shard(int channels, int index, int parts) {
        return new ChannelRange((int) ((long) channels * index / parts), (int) ((long) channels * (index + 1) / parts));
    }

    /**
     * The smallest run of whole groups around this range, or null when this range begins or ends inside a group without
     * lying in one.
     *
     * @param size channels of a group
     */
    ChannelRange groupsAround(int size) {
        boolean inside = from / size == (to - 1) / size;
        boolean whole = from % size == 0 && to % size == 0;
        return inside || whole ? new ChannelRange(from / size, (to + size - 1) / size) : null;
    }
}

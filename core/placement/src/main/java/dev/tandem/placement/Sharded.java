package dev.tandem.placement;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.spi.Device;
import dev.tandem.spi.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * An activation in shards, divided along one axis. To gather some of it on a device, each shard is sliced on its own
 * device, the slices are copied, and joined on arrival. The gradients take the same way back.
 *
 * @param shards the shards, in order along the axis
 * @param joinAxis the axis along which the shards follow each other: 0 or 1
 */
record Sharded(List<Shard> shards, int joinAxis) {
    /** The images and channels {@code extent} of the activation, on the device of {@code value}. */
    record Shard(ShardExtent extent, Value value) {
        Value cut(ShardExtent wanted) {
            Value cut = value;
            if (wanted.images() != extent.images()) {
                cut = cut.slice(0, wanted.firstImage() - extent.firstImage(), wanted.images());
            }
            if (wanted.channels().length() != extent.channels().length()) {
                cut = cut.slice(
                        1,
                        wanted.channels().from() - extent.channels().from(),
                        wanted.channels().length());
            }
            return cut;
        }
    }

    /** The images and channels {@code wanted}, gathered on {@code device}. */
    Value on(Device device, ShardExtent wanted) {
        return join(joinAxis, found(device, wanted));
    }

    /** As {@link #on(Device, ShardExtent)}, with zero channels around it up to the range {@code padded}. */
    Value on(Device device, ShardExtent wanted, ChannelRange padded) {
        List<Value> found = found(device, wanted);
        return padded(joinAxis == 1 ? found : List.of(join(joinAxis, found)), wanted.channels(), padded);
    }

    /** The channels {@code range} of values that follow each other, with zero channels around up to {@code padded}. */
    static Value padded(List<Value> values, ChannelRange range, ChannelRange padded) {
        List<Value> row = new ArrayList<>(values);
        int before = range.from() - padded.from();
        if (before > 0) {
            row.add(0, zeros(values.get(0).tensor(), before));
        }
        int after = padded.to() - range.to();
        if (after > 0) {
            row.add(zeros(values.get(0).tensor(), after));
        }
        return join(1, row);
    }

    private static Value zeros(Tensor like, int channels) {
        return Value.constant(like.device().filled(like.shape().with(1, channels), 0));
    }

    private static Value join(int axis, List<Value> values) {
        return values.size() == 1 ? values.get(0) : Value.concatenate(axis, values.toArray(Value[]::new));
    }

    private List<Value> found(Device device, ShardExtent wanted) {
        List<Value> found = new ArrayList<>();
        for (Shard shard : shards) {
            ShardExtent shared = shard.extent().intersect(wanted);
            if (shared != null) {
                found.add(Functions.transfer(shard.cut(shared), device));
            }
        }
        return found;
    }

    /** The images and channels of all shards together. */
    ShardExtent whole() {
        ShardExtent last = shards.get(shards.size() - 1).extent();
        return new ShardExtent(
                0,
                last.firstImage() + last.images(),
                new ChannelRange(0, last.channels().to()));
    }

    /** The tensors of all shards. */
    List<Tensor> tensors() {
        return shards.stream().map(shard -> shard.value().tensor()).toList();
    }

    /** Whether gradients flow to it. */
    boolean isOnTape() {
        return shards.stream().anyMatch(shard -> shard.value().isOnTape());
    }
}

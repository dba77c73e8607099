package dev.tandem.placement;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.spi.Device;
import dev.tandem.spi.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * An activation in shards, divided along one axis. What a device needs of it is sliced where it lies, copied over, and
 * joined there; the gradients take the same way back.
 *
 * @param shards the shards, in order along the axis
 * @param joinAxis the axis along which the shards follow each other: 0 or 1
 */
record Sharded(List<Shard> shards, int joinAxis) {
    /** A part of the activation, on the device of its value. */
    record Shard(ShardExtent region, Value value) {
        Value cut(ShardExtent wanted) {
            Value cut = value;
            if (wanted.images() != region.images()) {
                cut = cut.slice(0, wanted.firstImage() - region.firstImage(), wanted.images());
            }
            if (wanted.channels().length() != region.channels().length()) {
                cut = cut.slice(
                        1,
                        wanted.channels().from() - region.channels().from(),
                        wanted.channels().length());
            }
            return cut;
        }
    }

    /** The region {@code wanted}, on {@code device}. */
    Value on(Device device, ShardExtent wanted) {
        return join(joinAxis, found(device, wanted));
    }

    /** The region {@code wanted}, on {@code device}, between zeros that make it the channels {@code given}. */
    Value on(Device device, ShardExtent wanted, ChannelRange given) {
        List<Value> found = found(device, wanted);
        return amongZeros(joinAxis == 1 ? found : List.of(join(joinAxis, found)), wanted.channels(), given);
    }

    /** {@code row}, which together are the channels {@code present}, between zeros that make them {@code given}. */
    static Value amongZeros(List<Value> row, ChannelRange present, ChannelRange given) {
        Tensor first = row.get(0).tensor();
        List<Value> wide = new ArrayList<>(row);
        int before = present.from() - given.from();
        if (before > 0) {
            wide.add(0, Value.constant(first.device().filled(first.shape().with(1, before), 0)));
        }
        int behind = given.to() - present.to();
        if (behind > 0) {
            wide.add(Value.constant(first.device().filled(first.shape().with(1, behind), 0)));
        }
        return join(1, wide);
    }

    private static Value join(int axis, List<Value> values) {
        return values.size() == 1 ? values.get(0) : Value.concatenate(axis, values.toArray(Value[]::new));
    }

    private List<Value> found(Device device, ShardExtent wanted) {
        List<Value> found = new ArrayList<>();
        for (Shard shard : shards) {
            ShardExtent shared = shard.region().intersect(wanted);
            if (shared != null) {
                found.add(Functions.transfer(shard.cut(shared), device));
            }
        }
        return found;
    }

    /** The region of all shards together. */
    ShardExtent whole() {
        ShardExtent last = shards.get(shards.size() - 1).region();
        return new ShardExtent(
                0,
                last.firstImage() + last.images(),
                new ChannelRange(0, last.channels().to()));
    }

    /** The tensors of all shards. */
    List<Tensor> tensors() {
        return shards.stream().map(shard -> shard.value().tensor()).toList();
    }
}

package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;

/** Inputs one behind the other along the channel axis. */
public record ChannelConcatenation() implements Merge {
    @Override
    public Value forward(List<Value> inputs, Context context) {
        return inputs.size() == 1 ? inputs.get(0) : Value.concatenate(1, inputs.toArray(Value[]::new));
    }

    @Override
    public Shape outputShape(List<Shape> inputs) {
        if (inputs.stream().anyMatch(shape -> shape.rank() < 2)
                || inputs.stream().map(shape -> shape.with(1, 1)).distinct().count() > 1) {
            throw TandemException.argument(
                    "concatenation",
                    "inputs that differ in more than their channels",
                    inputs,
                    "(N, C, ...) with equal extents but C",
                    "Bring them to one size first, for example by a stride");
        }
        return inputs.get(0)
                .with(1, inputs.stream().mapToInt(shape -> shape.dim(1)).sum());
    }

    @Override
    public List<ChannelRange> shard(ChannelRange output, List<Shape> inputs) {
        List<ChannelRange> ranges = new ArrayList<>();
        int start = 0;
        for (Shape input : inputs) {
            int channels = input.dim(1);
            int from = Math.min(Math.max(output.from() - start, 0), channels);
            ranges.add(new ChannelRange(from, Math.min(Math.max(output.to() - start, from), channels)));
            start += channels;
        }
        return ranges;
    }
}

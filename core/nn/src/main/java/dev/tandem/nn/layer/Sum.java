package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.Collections;
import java.util.List;

/** The sum of inputs of one shape. */
public record Sum() implements Merge {
    @Override
    public Value forward(List<Value> inputs, Context context) {
        Value sum = inputs.get(0);
        for (Value next : inputs.subList(1, inputs.size())) {
            sum = sum.add(next);
        }
        return sum;
    }

    @Override
    public Shape outputShape(List<Shape> inputs) {
        if (inputs.stream().distinct().count() > 1) {
            throw TandemException.argument(
                    "sum",
                    "inputs of different shapes",
                    inputs,
                    "one shape",
                    "Bring them to one shape first, for example by a convolution of size 1 with a stride");
        }
        return inputs.get(0);
    }

    @Override
    public List<ChannelRange> shard(ChannelRange output, List<Shape> inputs) {
        return Collections.nCopies(inputs.size(), output);
    }
}

package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Elementwise;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Mean and variance of each channel of {@code (N, C, ...)} over a batch in parts, on one device, in the shape
 * {@code (1, C, 1, ...)}. Each part gives the mean and the sum of squared distances from it, so that nothing cancels.
 *
 * @param mean the means
 * @param variance the mean squares of the distance from the mean
 * @param count the elements of a channel, 2 or more
 */
record ChannelMoments(Value mean, Value variance, long count) {
    /** Mean and sum of squares of one part. */
    private record Part(Value mean, Value squares, long count) {}

    /** The moments of all {@code parts} together, on {@code device}. */
    static ChannelMoments of(List<Value> parts, Device device) {
        List<Part> all = new ArrayList<>();
        for (Value part : parts) {
            Value moments = Functions.transfer(moments(part), device);
            all.add(new Part(moments.slice(0, 0, 1), moments.slice(0, 1, 1), count(part.shape())));
        }
        long count = all.stream().mapToLong(Part::count).sum();
        if (count < 2) {
            throw TandemException.argument(
                    "batch normalization",
                    "a channel of one number has no variance",
                    parts.get(0).shape(),
                    "two or more images, or places",
                    "Train with larger batches");
        }
        if (all.size() == 1) {
            Part only = all.get(0);
            return new ChannelMoments(only.mean(), only.squares().multiply(1.0 / count), count);
        }
        Value mean = sum(all.stream()
                .map(part -> part.mean().multiply((double) part.count() / count))
                .toList());
        Value squares = sum(all.stream()
                .map(part -> part.mean()
                        .subtract(mean)
                        .square()
                        .multiply(part.count())
                        .add(part.squares()))
                .toList());
        return new ChannelMoments(mean, squares.multiply(1.0 / count), count);
    }

    private static Value sum(List<Value> values) {
        return values.stream().reduce(Value::add).orElseThrow();
    }

    private static long count(Shape shape) {
        return shape.elements() / shape.dim(1);
    }

    /** {@code (1, C, 1, ...)} for {@code (N, C, ...)}. */
    static Shape shape(Shape whole) {
        return whole.collapsed(
                IntStream.range(0, whole.rank()).filter(axis -> axis != 1).toArray());
    }

    /**
     * The mean of each channel, and its sum of squared distances from the mean: {@code (2, C, 1, ...)}. The gradient
     * is {@code dx = dmean / count + 2 (x - mean) dsquares}.
     */
    private static Value moments(Value x) {
        Device device = x.tensor().device();
        Elementwise elementwise = device.elementwise();
        Shape shape = shape(x.shape());
        double share = 1.0 / count(x.shape());
        Tensor mean = elementwise.affineInPlace(device.reductions().sumTo(x.tensor(), shape), share, 0);
        Tensor out;
        try (Tensor distance = elementwise.binary(BinaryFunction.SUBTRACT, x.tensor(), mean);
                Tensor square = elementwise.binary(BinaryFunction.MULTIPLY, distance, distance);
                Tensor sum = device.reductions().sumTo(square, shape)) {
            out = device.memory().concatenate(0, mean, sum);
        }
        return Value.of(
                out,
                dy -> {
                    Tensor dx = elementwise.binary(BinaryFunction.SUBTRACT, x.tensor(), mean);
                    try (Tensor dmean = device.memory().slice(dy, 0, 0, 1);
                            Tensor dsquares = device.memory().slice(dy, 0, 1, 1)) {
                        elementwise.affineInPlace(dmean, share, 0);
                        elementwise.affineInPlace(dsquares, 2, 0);
                        elementwise.binaryInPlace(BinaryFunction.MULTIPLY, dx, dsquares);
                        elementwise.binaryInPlace(BinaryFunction.ADD, dx, dmean);
                    }
                    return new Tensor[] {dx};
                },
                x);
    }

    /** {@code (x - mean) scale + bias}; the last three have the shape {@code (1, C, 1, ...)}. */
    static Value normalized(Value x, Value mean, Value scale, Value bias) {
        Device device = x.tensor().device();
        Elementwise elementwise = device.elementwise();
        Tensor y = elementwise.binary(BinaryFunction.SUBTRACT, x.tensor(), mean.tensor());
        elementwise.binaryInPlace(BinaryFunction.MULTIPLY, y, scale.tensor());
        elementwise.binaryInPlace(BinaryFunction.ADD, y, bias.tensor());
        return Value.of(
                y,
                dy -> {
                    Tensor dbias = device.reductions().sumTo(dy, bias.shape());
                    Tensor dscale;
                    try (Tensor product = elementwise.binary(BinaryFunction.SUBTRACT, x.tensor(), mean.tensor())) {
                        elementwise.binaryInPlace(BinaryFunction.MULTIPLY, product, dy);
                        dscale = device.reductions().sumTo(product, scale.shape());
                    }
                    Tensor dmean = elementwise.affineInPlace(
                            elementwise.binary(BinaryFunction.MULTIPLY, dbias, scale.tensor()), -1, 0);
                    Tensor dx = elementwise.binaryInPlace(BinaryFunction.MULTIPLY, dy, scale.tensor());
                    return new Tensor[] {dx, dmean, dscale, dbias};
                },
                x,
                mean,
                scale,
                bias);
    }
}

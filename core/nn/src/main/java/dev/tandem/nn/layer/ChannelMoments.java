package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Normalizations;
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

    /** The mean of each channel, and its sum of squared distances from the mean: {@code (2, C, 1, ...)}. */
    private static Value moments(Value x) {
        Normalizations normalizations = x.tensor().device().normalizations();
        Tensor moments = normalizations.channelMoments(x.tensor());
        return Value.of(
                moments, dy -> new Tensor[] {normalizations.channelMomentsBackward(x.tensor(), moments, dy)}, x);
    }

    /** {@code (x - mean) scale + bias}, given {@code (mean, scale, bias)} as {@code (3, C, 1, ...)}. */
    static Value affine(Value x, Value coefficients) {
        Normalizations normalizations = x.tensor().device().normalizations();
        return Value.of(
                normalizations.channelAffine(x.tensor(), coefficients.tensor()),
                dy -> {
                    Tensor dcoefficients =
                            normalizations.channelAffineBackwardInPlace(x.tensor(), coefficients.tensor(), dy);
                    return new Tensor[] {dy, dcoefficients};
                },
                x,
                coefficients);
    }
}

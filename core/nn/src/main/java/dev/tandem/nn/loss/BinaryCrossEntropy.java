package dev.tandem.nn.loss;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;

/**
 * For labels that each hold or do not, several of an image: {@code -t log p - (1 - t) log(1 - p)} with
 * {@code p = sigmoid(output)}, the mean over the labels of a row. The output is one logit a label. Targets are 0 to 1.
 */
public record BinaryCrossEntropy() implements Loss {
    @Override
    public Value of(Value output, Target target) {
        return losses(output, target.probabilities(output.shape()))
                .flatten()
                .mean(1)
                .reshape(Shape.of(output.dim(0)));
    }

    /** {@code max(z, 0) - z t + log(1 + exp(-|z|))}, which overflows for no logit z. */
    private static Value losses(Value output, Value target) {
        Value z = Value.constant(output.tensor());
        Value loss = z.relu()
                .subtract(z.multiply(target))
                .add(z.abs().negate().exp().add(1).log());
        // The gradient of the whole is smooth, but not that of its terms at 0.
        return Value.of(
                loss.tensor(),
                dy -> {
                    Device device = dy.device();
                    Tensor slope = z.sigmoid().subtract(target).tensor();
                    return new Tensor[] {device.elementwise().binaryInPlace(BinaryFunction.MULTIPLY, dy, slope)};
                },
                output);
    }

    /** The sigmoid: the probability of each label. */
    @Override
    public Value prediction(Value output) {
        return output.sigmoid();
    }
}

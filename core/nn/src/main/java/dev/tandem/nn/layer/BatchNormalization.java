package dev.tandem.nn.layer;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;

/**
 * Batch normalization of {@code x (N, C, ...)}, channel by channel (Ioffe and Szegedy 2015):
 *
 * <pre>{@code y = weight (x - mean) / sqrt(variance + epsilon) + bias}</pre>
 *
 * <p>In training, mean and variance are those of the channel over the whole batch and all places, also if several
 * devices have a part of the batch each. In inference they are the running ones, which every training step moves
 * towards the batch's: {@code running = (1 - momentum) running + momentum batch}. As in PyTorch, the variance is the
 * mean square in the formula above, and for the running variance the sum of squares over their number less 1.
 *
 * <p>The parameters are {@code weight (C)}, 1 at first, and {@code bias (C)}, 0 at first; the states
 * {@code running_mean (C)}, 0 at first, and {@code running_var (C)}, 1 at first. If neither weight nor bias is trained,
 * the running statistics are used in training, too, and stay as they are.
 *
 * @param momentum the share of a batch's statistics in the running ones, above 0 to 1
 * @param epsilon added to the variance, above 0
 * @param weights the initializer of the weights
 * @param bias the initializer of the biases
 */
public record BatchNormalization(double momentum, double epsilon, Initializer weights, Initializer bias)
        implements Layer {
    private static final String WEIGHT = "weight";
    private static final String BIAS = "bias";
    private static final String MEAN = "running_mean";
    private static final String VARIANCE = "running_var";

    public BatchNormalization {
        if (!(momentum > 0 && momentum <= 1) || !(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw TandemException.argument(
                    "batch normalization",
                    "a constant out of range",
                    "momentum " + momentum + ", epsilon " + epsilon,
                    "a momentum above 0 to 1, a finite epsilon above 0",
                    "Usual are 0.1 and 1e-5");
        }
        LayerArguments.requirePresent("batch normalization", "initializer of the weights", weights);
        LayerArguments.requirePresent("batch normalization", "initializer of the biases", bias);
    }

    /** With momentum 0.1 and epsilon 1e-5. */
    public BatchNormalization() {
        this(0.1, 1e-5, Initializer.constant(1), Initializer.bias(0));
    }

    /** With this share of a batch's statistics in the running ones. */
    public BatchNormalization momentum(double share) {
        return new BatchNormalization(share, epsilon, weights, bias);
    }

    /** With this constant added to the variance. */
    public BatchNormalization epsilon(double constant) {
        return new BatchNormalization(momentum, constant, weights, bias);
    }

    /** With this initializer of the weights. */
    public BatchNormalization weights(Initializer initializer) {
        return new BatchNormalization(momentum, epsilon, initializer, bias);
    }

    /** With this initializer of the biases. */
    public BatchNormalization bias(Initializer initializer) {
        return new BatchNormalization(momentum, epsilon, weights, initializer);
    }

    @Override
    public List<ParameterSpec> parameters(Shape input) {
        if (input.rank() < 2) {
            throw TandemException.argument("batch normalization", "no channels", input, "(N, C, ...)", "");
        }
        Shape channels = Shape.of(input.dim(1));
        return List.of(
                ParameterSpec.weight(WEIGHT, channels, weights),
                ParameterSpec.weight(BIAS, channels, bias),
                ParameterSpec.state(MEAN, channels, 0),
                ParameterSpec.state(VARIANCE, channels, 1));
    }

    @Override
    public Value forward(Value x, Context context) {
        return forward(List.of(x), List.of(context)).get(0);
    }

    @Override
    public List<Value> forward(List<Value> parts, List<Context> contexts) {
        Context first = contexts.get(0);
        boolean ofBatch = first.isTraining() && (first.isTrained(WEIGHT) || first.isTrained(BIAS));
        Value shared = ofBatch ? coefficients(ChannelMoments.of(parts, first.device()), first) : null;
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Context context = contexts.get(i);
            Value coefficients = ofBatch
                    ? Functions.transfer(shared, context.device())
                    : runningCoefficients(parts.get(i).shape(), context);
            outputs.add(ChannelMoments.affine(parts.get(i), coefficients));
        }
        return outputs;
    }

    private Value coefficients(ChannelMoments moments, Context context) {
        updateRunning(moments, context);
        return coefficients(moments.mean(), moments.variance(), context);
    }

    private Value runningCoefficients(Shape input, Context context) {
        Shape shape = ChannelMoments.shape(input);
        return coefficients(
                context.state(MEAN).reshape(shape), context.state(VARIANCE).reshape(shape), context);
    }

    /** {@code mean}, {@code weight / sqrt(variance + epsilon)} and {@code bias}: {@code (3, C, 1, ...)}. */
    private Value coefficients(Value mean, Value variance, Context context) {
        Value weight = context.parameter(WEIGHT).reshape(mean.shape());
        Value bias = context.parameter(BIAS).reshape(mean.shape());
        return Value.concatenate(0, mean, weight.divide(variance.add(epsilon).sqrt()), bias);
    }

    private void updateRunning(ChannelMoments moments, Context context) {
        double count = moments.count();
        move(MEAN, moments.mean(), 1, context);
        move(VARIANCE, moments.variance(), count / (count - 1), context);
    }

    private void move(String state, Value statistic, double factor, Context context) {
        Value before = context.state(state);
        Value now = Value.constant(statistic.tensor()).reshape(before.shape());
        context.updateState(state, before.multiply(1 - momentum).add(now.multiply(momentum * factor)));
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public ChannelShard shard(ChannelRange output, Shape input) {
        return new ChannelShard(this, output);
    }
}

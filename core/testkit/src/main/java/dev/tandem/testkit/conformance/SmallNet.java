package dev.tandem.testkit.conformance;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Reductions;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.Slice;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.List;
import java.util.stream.IntStream;

/**
 * AlexNet in small, by bare operations: convolution, ReLU, normalization, overlapping max pooling, a convolution in two
 * groups, ReLU, pooling, a fully-connected layer with dropout, and a classifier. Trained on one batch.
 */
final class SmallNet implements AutoCloseable {
    private static final int SAMPLES = 4;
    private static final ConvolutionSpec FIRST = new ConvolutionSpec(Window.over(15, 15, 5, 2, 2, Rounding.UP), 1);
    private static final ConvolutionSpec SECOND = new ConvolutionSpec(Window.over(4, 4, 3, 1, 1, Rounding.UP), 2);
    private static final Window POOL1 = Window.over(8, 8, 3, 2, 0, Rounding.UP);
    private static final Window POOL2 = Window.over(4, 4, 3, 2, 0, Rounding.UP);
    private static final ResponseNormalization LRN =
            new ResponseNormalization(ResponseNormalization.Neighbourhood.ACROSS_MAPS, 5, 0.01, 0.75, 2, 2);

    private final Side side;
    private final Device device;
    private final Tensor images;
    private final Tensor labels;
    /** Two convolutions, the hidden layer, the classifier: weights, then biases. */
    private final List<Tensor> parameters;

    private final List<Tensor> velocities;
    private int steps;

    SmallNet(Side side) {
        this.side = side;
        this.device = side.device();
        images = side.normal("images", SAMPLES, 3, 15, 15);
        labels = device.labels(IntStream.range(0, SAMPLES).map(n -> n % 3).toArray());
        parameters = List.of(
                side.between("w1", -0.3, 0.3, 16, 3, 5, 5),
                side.between("w2", -0.3, 0.3, 32, 8, 3, 3),
                side.between("w3", -0.3, 0.3, 24, 128),
                side.between("w4", -0.3, 0.3, 3, 24),
                side.between("b1", 0, 0.2, 16),
                side.between("b2", 0, 0.2, 32),
                side.between("b3", 0, 0.2, 24),
                side.between("b4", 0, 0.2, 3));
        velocities = parameters.stream().map(p -> device.filled(p.shape(), 0)).toList();
    }

    /**
     * One training step in a scope of its own; the losses, the gradient with respect to the images and all parameters
     * are results.
     */
    void step() {
        try (TensorScope scope = TensorScope.open()) {
            Convolutions convolutions = device.convolutions();
            Tensor c1 = convolutions.forward(images, weights(1), bias(1), FIRST, UnaryFunction.RELU);
            Tensor n1 = device.normalizations().responseNormalization(c1, LRN);
            Tensor p1 = device.pooling().max(n1, POOL1);
            Tensor c2 = convolutions.forward(p1, weights(2), bias(2), SECOND, UnaryFunction.RELU);
            Tensor p2 = device.pooling().max(c2, POOL2);
            Tensor flat = device.memory().reshape(p2, Shape.of(SAMPLES, 128));
            Tensor hidden = device.matrices().linear(flat, weights(3), bias(3), UnaryFunction.RELU);
            RandomKey key = new RandomKey(1, RandomKey.Purpose.DROPOUT, steps, RandomKey.stream("hidden"));
            Tensor mask = device.random().bernoulli(key, Slice.all(hidden.shape()), 0.5, 1);
            Tensor dropped = device.elementwise().binary(BinaryFunction.MULTIPLY, hidden, mask);
            Tensor logits = device.matrices().linear(dropped, weights(4), bias(4), UnaryFunction.IDENTITY);
            Reductions.CrossEntropy loss = device.reductions().crossEntropy(logits, labels);

            Tensor dlosses = device.filled(Shape.of(SAMPLES), 1.0 / SAMPLES);
            Tensor dlogits = device.reductions().crossEntropyBackward(loss.probabilities(), labels, dlosses);
            WeightGradients g4 = device.matrices().linearBackwardWeights(dropped, dlogits, true);
            Tensor dhidden = device.matrices().linearBackwardData(dlogits, weights(4));
            device.elementwise().binaryInPlace(BinaryFunction.MULTIPLY, dhidden, mask);
            device.elementwise().unaryBackwardInPlace(UnaryFunction.RELU, hidden, dhidden);
            WeightGradients g3 = device.matrices().linearBackwardWeights(flat, dhidden, true);
            Tensor dflat = device.matrices().linearBackwardData(dhidden, weights(3));
            Tensor dc2 = device.pooling().maxBackward(c2, p2, device.memory().reshape(dflat, p2.shape()), POOL2);
            device.elementwise().unaryBackwardInPlace(UnaryFunction.RELU, c2, dc2);
            WeightGradients g2 =
                    convolutions.backwardWeights(p1, dc2, SECOND, weights(2).shape(), true);
            Tensor dp1 = convolutions.backwardData(dc2, weights(2), SECOND, p1.shape());
            Tensor dn1 = device.pooling().maxBackward(n1, p1, dp1, POOL1);
            Tensor dc1 = device.normalizations().responseNormalizationBackward(c1, n1, dn1, LRN);
            device.elementwise().unaryBackwardInPlace(UnaryFunction.RELU, c1, dc1);
            WeightGradients g1 =
                    convolutions.backwardWeights(images, dc1, FIRST, weights(1).shape(), true);
            side.result(
                    "gradient with respect to the images, step " + steps,
                    convolutions.backwardData(dc1, weights(1), FIRST, images.shape()));
            side.result("losses, step " + steps, loss.losses());

            SgdStep sgd = new SgdStep(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0.05, 0.9, 5e-4);
            List<WeightGradients> gradients = List.of(g1, g2, g3, g4);
            for (int i = 0; i < 4; i++) {
                device.updates()
                        .sgd(
                                parameters.get(i),
                                velocities.get(i),
                                gradients.get(i).weights(),
                                sgd);
                device.updates()
                        .sgd(
                                parameters.get(i + 4),
                                velocities.get(i + 4),
                                gradients.get(i).bias(),
                                sgd);
            }
        }
        for (int i = 0; i < parameters.size(); i++) {
            side.result("parameter " + i + " after step " + steps, parameters.get(i));
        }
        steps++;
    }

    private Tensor weights(int layer) {
        return parameters.get(layer - 1);
    }

    private Tensor bias(int layer) {
        return parameters.get(layer + 3);
    }

    @Override
    public void close() {
        parameters.forEach(Tensor::close);
        velocities.forEach(Tensor::close);
        images.close();
        labels.close();
    }
}

package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Activation.relu;
import static dev.tandem.nn.layer.Initializer.gaussian;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.LayerLearningRate;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.schedule.AtEpochs.Change;
import dev.tandem.spi.op.Window.Rounding;
import java.util.List;

/** The authors' program, layer definition 145, as it was run on ILSVRC-2010. */
final class OriginalRecipe {
    /** Biases have twice the weights' learning rate (0.02 to 0.01) and no decay. */
    private static final Initializer BIAS_OF_0 = Initializer.bias(0).learningRateMultiplier(2);

    private static final Initializer BIAS_OF_1 = Initializer.bias(1).learningRateMultiplier(2);

    private OriginalRecipe() {}

    static Recipe recipe(int classes, Sizes sizes) {
        return Recipe.named("original")
                .network(network(sizes, classes), classes)
                .preprocessing(Recipes.ORIGINAL.preprocessing(sizes))
                .augmentation(Augmentation.paper().withDivisor(1.1))
                .colourEpochs(68)
                .optimizer(Sgd.paper())
                .schedule(new AtEpochs(
                        0.01, List.of(new Change(23, 0.001), new Change(51, 0.0001), new Change(78, 0.00001))))
                .layerLearningRates(
                        List.of(new LayerLearningRate("conv1", 68, 0.00001), new LayerLearningRate("conv1", 72, 0)))
                .epochs(93)
                .batch(128)
                .build();
    }

    private static Network network(Sizes sizes, int classes) {
        return Network.builder()
                .add("conv1", kernels(sizes.conv1(), 11).stride(4).rounding(Rounding.UP))
                .add("lrn1", withinColumn()) // of signed responses: ReLU comes after pooling
                .add("pool1", Pooling.max(3).stride(2))
                .add("relu1", relu())
                .add("conv2", kernels(sizes.conv2(), 5).padding(2).groups(2).bias(BIAS_OF_1))
                .add("relu2", relu())
                .add("lrn2", withinColumn())
                .add("spatial2", spatial())
                .add("pool2", Pooling.max(3).stride(2))
                .add("conv3", kernels(sizes.conv3(), 3).padding(1).weights(gaussian(0.03)))
                .add("relu3", relu())
                .add(
                        "conv4",
                        kernels(sizes.conv4(), 3)
                                .padding(1)
                                .groups(2)
                                .weights(gaussian(0.03))
                                .bias(BIAS_OF_1))
                .add("relu4", relu())
                .add(
                        "conv5",
                        kernels(sizes.conv5(), 3)
                                .padding(1)
                                .groups(2)
                                .weights(gaussian(0.03))
                                .bias(BIAS_OF_1))
                .add("pool5", Pooling.max(3).stride(2))
                .add("relu5", relu())
                .add("fc6", units(sizes.fc6()).bias(BIAS_OF_1))
                .add("relu6", relu())
                .add("drop6", Dropout.of(0.5))
                .add("fc7", units(sizes.fc7()).bias(BIAS_OF_1))
                .add("relu7", relu())
                .add("drop7", Dropout.of(0.5))
                .add("fc8", units(classes))
                .build();
    }

    private static LocalResponseNormalization withinColumn() {
        return LocalResponseNormalization.acrossMaps(5)
                .alphaOfMean(1e-4)
                .beta(0.75)
                .k(2)
                .groups(2);
    }

    private static LocalResponseNormalization spatial() {
        return LocalResponseNormalization.withinMap(5)
                .alphaOfMean(0.001)
                .beta(0.75)
                .k(1);
    }

    private static Convolution kernels(int count, int size) {
        return Convolution.of(count, size).weights(gaussian(0.01)).bias(BIAS_OF_0);
    }

    private static Linear units(int count) {
        return Linear.of(count).weights(gaussian(0.01)).bias(BIAS_OF_0);
    }
}

package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Activation.relu;
import static dev.tandem.nn.layer.Initializer.gaussian;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Dropout.Scaling;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.NetworkBuilder;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.Stepped;

/** Caffe's two: {@code bvlc_alexnet}, and {@code bvlc_reference_caffenet}, which pools before it normalizes. */
final class CaffeRecipes {
    private CaffeRecipes() {}

    static Recipe alexnet(int classes, Sizes sizes) {
        return recipe(Recipes.CAFFE, network(sizes, classes, 0.1, false), classes, sizes);
    }

    static Recipe caffenet(int classes, Sizes sizes) {
        return recipe(Recipes.CAFFENET, network(sizes, classes, 1, true), classes, sizes);
    }

    /** Batches of 256; the rate divided by 10 every 100,000 steps of 450,000, which is every 20 epochs of 90. */
    private static Recipe recipe(Recipes which, Network network, int classes, Sizes sizes) {
        return Recipe.named(which.recipeName())
                .network(network, classes)
                .preprocessing(which.preprocessing(sizes))
                .augmentation(Augmentation.none().withRandomCrop().withReflection())
                .optimizer(Sgd.paper())
                .schedule(new Stepped(0.01, 0.1, 20))
                .epochs(90)
                .batch(256)
                .build();
    }

    /** @param bias the biases of conv2, conv4, conv5, fc6 and fc7; the others are 0 */
    private static Network network(Sizes sizes, int classes, double bias, boolean poolFirst) {
        NetworkBuilder net = Network.builder();
        net.add("conv1", kernels(sizes.conv1(), 11).stride(4)).add("relu1", relu());
        normalizeAndPool(net, 1, poolFirst);
        net.add("conv2", kernels(sizes.conv2(), 5).padding(2).groups(2).bias(fastBias(bias)))
                .add("relu2", relu());
        normalizeAndPool(net, 2, poolFirst);
        return net.add("conv3", kernels(sizes.conv3(), 3).padding(1))
                .add("relu3", relu())
                .add("conv4", kernels(sizes.conv4(), 3).padding(1).groups(2).bias(fastBias(bias)))
                .add("relu4", relu())
                .add("conv5", kernels(sizes.conv5(), 3).padding(1).groups(2).bias(fastBias(bias)))
                .add("relu5", relu())
                .add("pool5", Pooling.max(3).stride(2))
                .add("fc6", units(sizes.fc6()).weights(gaussian(0.005)).bias(fastBias(bias)))
                .add("relu6", relu())
                .add("drop6", new Dropout(0.5, Scaling.WHEN_TRAINING))
                .add("fc7", units(sizes.fc7()).weights(gaussian(0.005)).bias(fastBias(bias)))
                .add("relu7", relu())
                .add("drop7", new Dropout(0.5, Scaling.WHEN_TRAINING))
                .add("fc8", units(classes))
                .build();
    }

    private static void normalizeAndPool(NetworkBuilder net, int layer, boolean poolFirst) {
        LocalResponseNormalization lrn = LocalResponseNormalization.acrossMaps(5)
                .alphaOfMean(1e-4)
                .beta(0.75)
                .k(1);
        Pooling pool = Pooling.max(3).stride(2);
        net.add((poolFirst ? "pool" : "lrn") + layer, poolFirst ? pool : lrn);
        net.add((poolFirst ? "lrn" : "pool") + layer, poolFirst ? lrn : pool);
    }

    private static Convolution kernels(int count, int size) {
        return Convolution.of(count, size).weights(gaussian(0.01)).bias(fastBias(0));
    }

    private static Linear units(int count) {
        return Linear.of(count).weights(gaussian(0.01)).bias(fastBias(0));
    }

    /** A bias that learns at twice the weights' rate, without decay. */
    private static Initializer fastBias(double value) {
        return Initializer.bias(value).learningRateMultiplier(2);
    }
}

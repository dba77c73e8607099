package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Augmentation.Colour;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.layer.AlphaConvention;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Dropout.Scaling;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.nn.layer.Start;
import dev.tandem.nn.train.RateSchedule.Stepped;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.Sgd;
import dev.tandem.spi.op.ResponseNormalization.Region;

/** Caffe's two: {@code bvlc_alexnet}, and {@code bvlc_reference_caffenet}, which pools before it normalizes. */
final class CaffeRecipes {
    private CaffeRecipes() {}

    static Recipe alexnet(int classes, Sizes sizes) {
        return recipe("caffe", network(sizes, classes, 0.1, false), classes, sizes);
    }

    static Recipe caffenet(int classes, Sizes sizes) {
        return recipe("caffenet", network(sizes, classes, 1, true), classes, sizes);
    }

    /** Batches of 256; the rate divided by 10 every 100,000 steps of 450,000, which is every 20 epochs of 90. */
    private static Recipe recipe(String name, Sequential network, int classes, Sizes sizes) {
        Preprocessing preprocessing = new Preprocessing(sizes.image(), sizes.crop(), Pixels.MEAN_IMAGE);
        Augmentation augmentation = new Augmentation(true, true, Colour.NONE, 0);
        return new Recipe(
                name, network, classes, preprocessing, augmentation, Sgd.paper(), new Stepped(0.01, 0.1, 20), 90, 256);
    }

    private static Sequential network(Sizes sizes, int classes, double bias, boolean poolFirst) {
        Sequential.Builder net = Sequential.builder();
        net.add("conv1", conv(sizes.conv1(), 11, 0).stride(4)).add("relu1", relu());
        normalizeAndPool(net, 1, poolFirst);
        net.add("conv2", conv(sizes.conv2(), 5, bias).pad(2).groups(2)).add("relu2", relu());
        normalizeAndPool(net, 2, poolFirst);
        return net.add("conv3", conv(sizes.conv3(), 3, 0).pad(1))
                .add("relu3", relu())
                .add("conv4", conv(sizes.conv4(), 3, bias).pad(1).groups(2))
                .add("relu4", relu())
                .add("conv5", conv(sizes.conv5(), 3, bias).pad(1).groups(2))
                .add("relu5", relu())
                .add("pool5", Pooling.max(3, 2))
                .add("fc6", linear(sizes.fc6(), 0.005, bias))
                .add("relu6", relu())
                .add("drop6", new Dropout(0.5, Scaling.WHEN_TRAINING))
                .add("fc7", linear(sizes.fc7(), 0.005, bias))
                .add("relu7", relu())
                .add("drop7", new Dropout(0.5, Scaling.WHEN_TRAINING))
                .add("fc8", linear(classes, 0.01, 0))
                .build();
    }

    private static void normalizeAndPool(Sequential.Builder net, int layer, boolean poolFirst) {
        LocalResponseNormalization lrn = AlphaConvention.OF_MEAN.normalization(Region.ACROSS_MAPS, 5, 1e-4, 0.75, 1, 1);
        Pooling pool = Pooling.max(3, 2);
        net.add((poolFirst ? "pool" : "lrn") + layer, poolFirst ? pool : lrn);
        net.add((poolFirst ? "lrn" : "pool") + layer, poolFirst ? lrn : pool);
    }

    private static Convolution conv(int kernels, int size, double bias) {
        return AlexNet.conv(kernels, size, 0.01, bias).bias(fastBias(bias));
    }

    private static Linear linear(int units, double standardDeviation, double bias) {
        return AlexNet.linear(units, standardDeviation, bias).bias(fastBias(bias));
    }

    /** Biases learn at twice the rate, without decay. */
    private static Start fastBias(double value) {
        return Start.constant(value).multipliers(2, 0);
    }
}

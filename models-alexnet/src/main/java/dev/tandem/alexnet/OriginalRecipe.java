package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Augmentation.Colour;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.layer.AlphaConvention;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Sequential;
import dev.tandem.nn.layer.Start;
import dev.tandem.nn.train.LayerRate;
import dev.tandem.nn.train.RateSchedule.AtEpochs;
import dev.tandem.nn.train.RateSchedule.AtEpochs.Change;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.Sgd;
import dev.tandem.spi.op.ResponseNormalization.Region;
import dev.tandem.spi.op.Window.Rounding;
import java.util.List;

/** The authors' program, layer definition 145, as it was run on ILSVRC-2010. */
final class OriginalRecipe {
    private OriginalRecipe() {}

    static Recipe recipe(int classes, Sizes sizes) {
        return new Recipe(
                "original",
                network(sizes, classes),
                classes,
                new Preprocessing(sizes.image(), sizes.crop(), Pixels.MEAN_IMAGE),
                new Augmentation(true, true, Colour.STANDARD_DEVIATION, 0.1, 1.1),
                68,
                Sgd.paper(),
                new AtEpochs(0.01, List.of(new Change(23, 0.001), new Change(51, 0.0001), new Change(78, 0.00001))),
                List.of(new LayerRate("conv1", 68, 0.00001), new LayerRate("conv1", 72, 0)),
                93,
                128);
    }

    private static Sequential network(Sizes sizes, int classes) {
        return Sequential.builder()
                .add("conv1", conv(sizes.conv1(), 11, 0.01, 0).stride(4).rounding(Rounding.UP))
                .add("lrn1", withinColumn()) // of signed responses: ReLU comes after pooling
                .add("pool1", Pooling.max(3, 2))
                .add("relu1", relu())
                .add("conv2", conv(sizes.conv2(), 5, 0.01, 1).pad(2).groups(2))
                .add("relu2", relu())
                .add("lrn2", withinColumn())
                .add("spatial2", spatial())
                .add("pool2", Pooling.max(3, 2))
                .add("conv3", conv(sizes.conv3(), 3, 0.03, 0).pad(1))
                .add("relu3", relu())
                .add("conv4", conv(sizes.conv4(), 3, 0.03, 1).pad(1).groups(2))
                .add("relu4", relu())
                .add("conv5", conv(sizes.conv5(), 3, 0.03, 1).pad(1).groups(2))
                .add("pool5", Pooling.max(3, 2))
                .add("relu5", relu())
                .add("fc6", linear(sizes.fc6(), 1))
                .add("relu6", relu())
                .add("drop6", Dropout.of(0.5))
                .add("fc7", linear(sizes.fc7(), 1))
                .add("relu7", relu())
                .add("drop7", Dropout.of(0.5))
                .add("fc8", linear(classes, 0))
                .build();
    }

    private static LocalResponseNormalization withinColumn() {
        return AlphaConvention.OF_MEAN.normalization(Region.ACROSS_MAPS, 5, 1e-4, 0.75, 2, 2);
    }

    private static LocalResponseNormalization spatial() {
        return AlphaConvention.OF_MEAN.normalization(Region.WITHIN_MAP, 5, 0.001, 0.75, 1, 1);
    }

    private static Convolution conv(int kernels, int size, double standardDeviation, double bias) {
        return AlexNet.conv(kernels, size, standardDeviation, bias).bias(fastBias(bias));
    }

    private static Linear linear(int units, double bias) {
        return AlexNet.linear(units, 0.01, bias).bias(fastBias(bias));
    }

    /** Biases learn at twice the weights' rate (0.02 to 0.01), without decay. */
    private static Start fastBias(double value) {
        return Start.constant(value).multipliers(2, 0);
    }
}

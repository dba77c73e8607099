package dev.tandem.cifar;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.schedule.AtEpochs;

/** {@code cifar-18pct}: 18 % test error; {@code cifar-19pct} with response normalization within maps. */
public final class Cifar18Percent extends CifarRecipe {
    /** For the service loader. */
    public Cifar18Percent() {
        super("cifar-18pct");
    }

    @Override
    Network network(int classes) {
        return Network.builder()
                .add("conv1", conv(32, 0.0001, 0.004))
                .add("pool1", max())
                .add("relu1", relu())
                .add("norm1", withinMap())
                .add("conv2", conv(32, 0.01, 0.004))
                .add("relu2", relu())
                .add("pool2", average())
                .add("norm2", withinMap())
                .add("conv3", conv(64, 0.01, 0.004))
                .add("relu3", relu())
                .add("pool3", average())
                .add("fc10", units(classes, 0.01, 1))
                .build();
    }

    private static LocalResponseNormalization withinMap() {
        return LocalResponseNormalization.withinMap(3)
                .alphaOfMean(0.00005)
                .beta(0.75)
                .k(1);
    }

    @Override
    AtEpochs schedule() {
        return dropping(120, 130);
    }

    @Override
    int epochs() {
        return 140;
    }
}

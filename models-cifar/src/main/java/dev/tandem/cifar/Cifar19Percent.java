package dev.tandem.cifar;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.layer.Network;
import dev.tandem.nn.schedule.AtEpochs;

/** {@code cifar-19pct}: 19 % test error; 14.2 % with random crops and without weight decay. */
public final class Cifar19Percent extends CifarRecipe {
    /** For the service loader. */
    public Cifar19Percent() {
        super("cifar-19pct");
    }

    @Override
    Network network(int classes) {
        return Network.builder()
                .add("conv1", conv(32, 0.0001, 0.004))
                .add("pool1", max())
                .add("relu1", relu())
                .add("conv2", conv(32, 0.01, 0.004))
                .add("relu2", relu())
                .add("pool2", average())
                .add("conv3", conv(64, 0.01, 0.004))
                .add("relu3", relu())
                .add("pool3", average())
                .add("fc10", units(classes, 0.01, 3))
                .build();
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

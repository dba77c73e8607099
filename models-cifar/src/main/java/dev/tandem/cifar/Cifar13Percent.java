package dev.tandem.cifar;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.layer.LocallyConnected;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.schedule.AtEpochs;

/**
 * {@code cifar-13pct}: 13 % test error with random crops and locally-connected layers; the net without normalization of
 * the paper's section 3.3.
 */
public final class Cifar13Percent extends CifarRecipe {
    /** For the service loader. */
    public Cifar13Percent() {
        super("cifar-13pct");
    }

    @Override
    Network network(int classes) {
        return Network.builder()
                .add("conv1", conv(64, 0.0001, 0))
                .add("relu1", relu())
                .add("pool1", max())
                .add("conv2", conv(64, 0.01, 0))
                .add("relu2", relu())
                .add("pool2", max())
                .add("local3", local(32))
                .add("relu3", relu())
                .add("local4", local(32))
                .add("relu4", relu())
                .add("fc10", units(classes, 0.01, 0.004))
                .build();
    }

    /** A locally-connected layer with windows of 3x3, as large as its input. */
    static LocallyConnected local(int channels) {
        return LocallyConnected.of(channels, 3)
                .padding(1)
                .weights(weights(0.04, 0.004))
                .bias(biases());
    }

    @Override
    boolean isCropped() {
        return true;
    }

    /** As for {@code cifar-11pct}, of which it is the pair. */
    @Override
    AtEpochs schedule() {
        return Cifar11Percent.SCHEDULE;
    }

    @Override
    int epochs() {
        return Cifar11Percent.EPOCHS;
    }
}

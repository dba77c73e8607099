package dev.tandem.cifar;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.schedule.AtEpochs;

/**
 * {@code cifar-11pct}: 11 % test error on nine views, with random crops, locally-connected layers and response
 * normalization across maps; the net with normalization of the paper's section 3.3.
 */
public final class Cifar11Percent extends CifarRecipe {
    /**
     * The authors train about 350 epochs on four fifths of the images, so that the last fifth can tell when to stop,
     * then 150 on all. Here all 500 are on all images.
     */
    static final AtEpochs SCHEDULE = dropping(500, 510);

    static final int EPOCHS = 520;

    /** For the service loader. */
    public Cifar11Percent() {
        super("cifar-11pct");
    }

    @Override
    Network network(int classes) {
        return Network.builder()
                .add("conv1", conv(64, 0.0001, 0))
                .add("relu1", relu())
                .add("pool1", max())
                .add("norm1", acrossMaps())
                .add("conv2", conv(64, 0.01, 0))
                .add("relu2", relu())
                .add("norm2", acrossMaps())
                .add("pool2", max())
                .add("local3", Cifar13Percent.local(64))
                .add("relu3", relu())
                .add("local4", Cifar13Percent.local(32))
                .add("relu4", relu())
                .add("fc10", units(classes, 0.01, 0.01))
                .build();
    }

    private static LocalResponseNormalization acrossMaps() {
        return LocalResponseNormalization.acrossMaps(9)
                .alphaOfMean(0.001)
                .beta(0.75)
                .k(1);
    }

    @Override
    boolean isCropped() {
        return true;
    }

    @Override
    AtEpochs schedule() {
        return SCHEDULE;
    }

    @Override
    int epochs() {
        return EPOCHS;
    }
}

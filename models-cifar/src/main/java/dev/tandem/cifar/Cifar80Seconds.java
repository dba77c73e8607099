package dev.tandem.cifar;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.nn.layer.Network;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.schedule.AtEpochs.Change;
import java.util.List;

/** {@code cifar-80sec}: 26 % test error, in 80 seconds on the authors' card. */
public final class Cifar80Seconds extends CifarRecipe {
    /** For the service loader. */
    public Cifar80Seconds() {
        super("cifar-80sec");
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
                .add("fc64", units(64, 0.1, 0.03))
                .add("relu4", relu())
                .add("fc10", units(classes, 0.1, 0.03))
                .build();
    }

    /** A tenth after 8 epochs; the authors leave open for how long. */
    @Override
    AtEpochs schedule() {
        return new AtEpochs(LEARNING_RATE, List.of(new Change(8, LEARNING_RATE / 10)));
    }

    @Override
    int epochs() {
        return 10;
    }
}

package dev.tandem.alexnet;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Augmentation.Colour;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.train.RateSchedule.AtEpochs;
import dev.tandem.nn.train.RateSchedule.OnPlateau;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.Sgd;

/** The paper as it is written (sections 2 to 5), and the same for small machines. */
final class PaperRecipe {
    /** Epochs without a better validation error before the rate drops: the paper says "stopped improving". */
    private static final int PATIENCE = 5;

    private PaperRecipe() {}

    static Recipe recipe(int classes, Sizes sizes) {
        return new Recipe(
                "paper",
                AlexNet.network(sizes, 0.01, classes),
                classes,
                new Preprocessing(sizes.image(), sizes.crop(), Pixels.MEAN_IMAGE),
                new Augmentation(true, true, Colour.STANDARD_DEVIATION, 0.1),
                Sgd.paper(),
                new OnPlateau(0.01, 10, PATIENCE, 3),
                90,
                128);
    }

    /**
     * The same topology for small machines and data: fixed epochs, batches of 32, and the authors' program's wider start
     * of conv3 to conv5, without which a net this size does not start to learn.
     */
    static Recipe small(int classes, Sizes sizes) {
        return new Recipe(
                "small",
                AlexNet.network(sizes, 0.03, classes),
                classes,
                new Preprocessing(sizes.image(), sizes.crop(), Pixels.MEAN_IMAGE),
                new Augmentation(true, true, Colour.STANDARD_DEVIATION, 0.1),
                Sgd.paper(),
                AtEpochs.dividedByTen(0.01, 60, 0.7, 0.9),
                60,
                32);
    }
}

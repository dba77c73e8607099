package dev.tandem.alexnet;

import static dev.tandem.nn.layer.Initializer.gaussian;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.schedule.OnPlateau;

/** The paper as it is written (sections 2 to 5), and the same for small machines. */
final class PaperRecipe {
    /** Epochs without a better validation error before the rate drops: the paper says "stopped improving". */
    private static final int PATIENCE = 5;

    private PaperRecipe() {}

    static Recipe recipe(int classes, Sizes sizes) {
        return Recipe.named("paper")
                .network(AlexNet.network(sizes, gaussian(0.01), classes), classes)
                .preprocessing(Recipes.PAPER.preprocessing(sizes))
                .augmentation(Augmentation.paper())
                .optimizer(Sgd.paper())
                .schedule(new OnPlateau(0.01, 10, PATIENCE, 3))
                .epochs(90)
                .batch(128)
                .build();
    }

    /**
     * The same topology for small machines and data: fixed epochs, batches of 32, and the wider initial weights of
     * conv3 to conv5 that the authors' program has. Without them a net of this size does not begin to learn.
     */
    static Recipe small(int classes, Sizes sizes) {
        return Recipe.named("small")
                .network(AlexNet.network(sizes, gaussian(0.03), classes), classes)
                .preprocessing(Recipes.SMALL.preprocessing(sizes))
                .augmentation(Augmentation.paper())
                .optimizer(Sgd.paper())
                .schedule(AtEpochs.dividedByTen(0.01, 60, 0.7, 0.9))
                .epochs(60)
                .batch(32)
                .build();
    }
}

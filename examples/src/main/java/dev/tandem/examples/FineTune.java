package dev.tandem.examples;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.Trainer;
import dev.tandem.runtime.Tandem;
import java.nio.file.Path;

/**
 * Trains what {@link TrainInFortyLines} has left on other classes: the convolutions stay as they are, the last layer is
 * new. {@code FineTune CHECKPOINT DATA NEW-CHECKPOINT}
 */
public final class FineTune {
    public static void main(String[] args) {
        String settings = "tandem { backend = cpu, recipe = small, train { epochs = 20, learning-rate = 0.001 } }";
        tune(settings, Path.of(args[0]), Path.of(args[1]), Path.of(args[2]));
    }

    static void tune(String settings, Path trained, Path data, Path tuned) {
        try (var tandem = Tandem.configure(settings);
                var images = ImageFolder.open(data, tandem.preprocessing());
                var checkpoint = Checkpoint.open(trained)) {
            Recipe whole = tandem.recipe(images.classNames().size());
            Recipe recipe = whole.withNetwork(whole.network().frozen("conv*"));
            try (var model = tandem.placement().place(recipe)) {
                model.initialize(1);
                checkpoint.restoreParametersExcept(model, "fc8");
                var trainer = new Trainer(recipe, model, images, (epoch, state, now) -> {
                    System.out.println(epoch.epoch() + ": error " + epoch.top1Error());
                    Checkpoint.write(tuned, now, state, tandem.description(images));
                });
                trainer.train(trainer.begin(1));
            }
        }
    }
}

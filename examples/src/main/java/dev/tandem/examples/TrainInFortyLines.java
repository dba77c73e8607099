package dev.tandem.examples;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.LoadOptions;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.Trainer;
import dev.tandem.runtime.Tandem;
import java.nio.file.Path;

/** Trains the small net on a folder of photographs: {@code TrainInFortyLines DATA CHECKPOINT}. */
public final class TrainInFortyLines {
    public static void main(String[] args) {
        train("tandem.backend = cpu", Path.of(args[0]), Path.of(args[1]), Sizes.small());
    }

    static void train(String settings, Path data, Path file, Sizes sizes) {
        var preprocessing = Recipes.SMALL.preprocessing(sizes);
        try (var tandem = Tandem.configure(settings);
                var images = ImageFolder.open(data, preprocessing, LoadOptions.defaults(), ScanProgress.silent())) {
            int classes = images.classNames().size();
            Recipe recipe = tandem.config().train().applyTo(Recipes.SMALL.recipe(classes, sizes));
            try (var model =
                    tandem.placement().place(recipe.network(), recipe.input(recipe.batch()), recipe.training())) {
                model.initialize(1);
                var trainer = new Trainer(recipe, model, images, (epoch, state, trained) -> {
                    System.out.println(
                            epoch.epoch() + ": loss " + epoch.trainingLoss() + ", error " + epoch.top1Error());
                    Checkpoint.write(file, trained, state);
                });
                trainer.train(trainer.begin(1));
            }
            images.statistics().write(file.resolveSibling("statistics.bin"));
        }
    }
}

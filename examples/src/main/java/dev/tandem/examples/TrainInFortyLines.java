package dev.tandem.examples;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.Trainer;
import dev.tandem.runtime.Tandem;
import java.nio.file.Path;

/** Trains the small net on a folder of photographs: {@code TrainInFortyLines DATA CHECKPOINT}. */
public final class TrainInFortyLines {
    public static void main(String[] args) {
        train("tandem.backend = cpu, tandem.recipe = small", Path.of(args[0]), Path.of(args[1]));
    }

    static void train(String settings, Path data, Path file) {
        try (var tandem = Tandem.configure(settings);
                var images = ImageFolder.open(data, tandem.preprocessing())) {
            Recipe recipe = tandem.recipe(images.classNames().size());
            try (var model = tandem.placement().place(recipe)) {
                model.initialize(1);
                var trainer = new Trainer(recipe, model, images, (epoch, state, trained) -> {
                    System.out.println(
                            epoch.epoch() + ": loss " + epoch.trainingLoss() + ", error " + epoch.top1Error());
                    Checkpoint.write(file, trained, state, tandem.description(images));
                });
                trainer.train(trainer.begin(1));
            }
        }
    }
}

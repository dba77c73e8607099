package dev.tandem.examples;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.imagenet.ImageFolder;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.recipe.Ablation;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Predictions;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.nn.train.Trainer;
import dev.tandem.runtime.Tandem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Trains the small net with ReLU, tanh and sigmoid, without dropout and augmentation, and draws why it matters (paper,
 * section 3.1 and figure 1): {@code Activations DATA EPOCHS PICTURE.png}.
 */
public final class Activations {
    private static final long SEED = 1;

    /** A function, as a change of the recipe, with its learning rate. */
    record Compared(String name, Ablation change, double rate) {
        Recipe recipe(int classes, Sizes sizes, int epochs) {
            Recipe plain = Ablation.NO_DROPOUT.changed(Recipes.SMALL.recipe(classes, sizes));
            return (change == null ? plain : change.changed(plain))
                    .withAugmentation(Augmentation.none())
                    .withSchedule(AtEpochs.constant(rate))
                    .withEpochs(epochs);
        }
    }

    static final List<Compared> COMPARED = List.of(
            new Compared("ReLU", null, 0.003),
            new Compared("tanh", Ablation.TANH, 0.003),
            new Compared("sigmoid", Ablation.SIGMOID, 0.01));

    /**
     * What was seen of one function.
     *
     * @param trainingErrors after each epoch, 0 to 1
     * @param gradients by layer, the length of the gradient with respect to its weights at the start of training
     * @param health by layer, at the end of training
     */
    record Observations(
            List<Double> trainingErrors, Map<String, Double> gradients, Map<String, ActivationHealth> health) {}

    public static void main(String[] args) throws IOException {
        Map<String, Observations> seen =
                train("tandem.backend = cpu", Path.of(args[0]), Sizes.small(), Integer.parseInt(args[1]));
        ActivationsPicture.write(seen, Path.of(args[2]));
    }

    static Map<String, Observations> train(String settings, Path data, Sizes sizes, int epochs) {
        Map<String, Observations> all = new LinkedHashMap<>();
        var preprocessing = Recipes.SMALL.preprocessing(sizes);
        try (Tandem tandem = Tandem.configure(settings);
                var images = ImageFolder.open(data, preprocessing)) {
            for (Compared compared : COMPARED) {
                Recipe recipe = compared.recipe(images.classNames().size(), sizes, epochs);
                Observations seen = train(tandem, recipe, images);
                all.put(compared.name(), seen);
                System.out.printf(
                        Locale.ROOT,
                        "%s, rate %s: training error by epoch %s%n  gradients at the start %s%n  at the end %s%n",
                        compared.name(),
                        compared.rate(),
                        seen.trainingErrors(),
                        seen.gradients(),
                        seen.health());
            }
        }
        return all;
    }

    private static Observations train(Tandem tandem, Recipe recipe, ImageFolder images) {
        List<Double> errors = new ArrayList<>();
        Map<String, Double> gradients = new LinkedHashMap<>();
        Map<String, ActivationHealth> health = new LinkedHashMap<>();
        try (PlacedModel model = tandem.placement().place(recipe)) {
            model.initialize(SEED);
            try (BatchStream stream = images.training(Augmentation.none(), SEED, 0, 0, recipe.batch())) {
                StepSettings settings = new StepSettings(SEED, 0, 0);
                model.gradientNorms(stream.next(), settings).forEach((name, norm) -> {
                    ParameterName parameter = ParameterName.parse(name);
                    if (parameter.isWeight()) {
                        gradients.put(parameter.layer(), norm);
                    }
                });
            }
            Trainer trainer = new Trainer(recipe, model, images, (epoch, state, trained) -> {
                try (BatchStream stream =
                        images.training(Augmentation.none(), SEED, epoch.epoch(), 0, recipe.batch())) {
                    errors.add(Predictions.of(recipe, trained, stream, 1)
                            .evaluate()
                            .top1Error());
                }
                health.putAll(epoch.health().activations());
            });
            trainer.train(trainer.begin(SEED));
        }
        return new Observations(errors, gradients, health);
    }
}

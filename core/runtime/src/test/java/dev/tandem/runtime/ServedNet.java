package dev.tandem.runtime;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.recipe.RecipeOption;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.TrainingState;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A small net, found by its name, and checkpoints of it. */
public final class ServedNet implements RecipeProvider {
    static final List<String> CLASSES = List.of("ant", "bee", "cat", "dog");
    static final int ELEMENTS = 3 * 6 * 6;

    private static final int KERNELS = 5;
    private static final int SIDE = 6;
    private static final Preprocessing PREPROCESSING = new Preprocessing(SIDE, SIDE, Preprocessing.Pixels.MEAN_IMAGE);

    @Override
    public String name() {
        return "served";
    }

    @Override
    public List<RecipeOption> options() {
        return List.of(new RecipeOption("kernels", 2, 1, 100, "kernels of conv1"));
    }

    @Override
    public Recipe recipe(int classes, RecipeSettings settings) {
        return recipe(classes, settings.get("kernels"));
    }

    static Recipe recipe(int classes) {
        return recipe(classes, KERNELS);
    }

    private static Recipe recipe(int classes, int kernels) {
        Network network = Network.builder()
                .add("conv1", Convolution.of(kernels, 3).weights(Initializer.gaussian(0.3)))
                .add("relu1", Activation.relu())
                .add("fc2", Linear.of(classes).weights(Initializer.gaussian(0.3)))
                .build();
        return Recipe.named("served")
                .network(network, classes)
                .preprocessing(PREPROCESSING)
                .schedule(AtEpochs.constant(0.1))
                .epochs(1)
                .batch(2)
                .build();
    }

    static ImageInput input() {
        PixelStatistics statistics = new PixelStatistics(SIDE, 10, new float[ELEMENTS], new double[3], new double[9]);
        return new ImageInput(PREPROCESSING, statistics, true, ImageInput.MAXIMUM_PIXELS);
    }

    /** What is needed beside the parameters. */
    static ModelDescription description() {
        return ModelDescription.of(
                RecipeChoice.of("served", Map.of("kernels", KERNELS), List.of()), Optional.of(input()));
    }

    /** Writes a checkpoint of {@code steps} steps. */
    static Path write(Path file, Placement placement, int steps, ModelDescription description) {
        return write(file, placement, steps, description, CLASSES);
    }

    /** Writes a checkpoint of {@code steps} steps whose state has these classes. */
    static Path write(Path file, Placement placement, int steps, ModelDescription description, List<String> classes) {
        Recipe recipe = recipe(CLASSES.size());
        try (PlacedModel model = placement.place(recipe.network(), recipe.input(1))) {
            model.initialize(3);
            Checkpoint.write(file, model, state(steps, classes), description);
        }
        return file;
    }

    private static TrainingState state(int steps, List<String> classes) {
        return new TrainingState(
                "served",
                classes,
                3,
                2,
                "print",
                0,
                steps,
                steps,
                new LossSum(0, 0),
                1,
                List.of(),
                List.of(),
                null,
                null,
                List.of());
    }
}

package dev.tandem.runtime;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The model of a checkpoint, or of a file that another program wrote, placed for inference.
 *
 * @param recipe what it was trained by
 * @param classNames the classes, by label
 * @param input how images become inputs; empty if its inputs are no photographs
 * @param model the placed model
 */
record SavedModel(Recipe recipe, List<String> classNames, Optional<ImageInput> input, PlacedModel model) {
    /**
     * Reads a file and places its model.
     *
     * @param path a checkpoint, another file that a provider on the class path opens, or the folder of a run, of which
     *     the best checkpoint is taken, or else the last
     */
    static SavedModel open(Path path, Placement placement, ClassifierOptions options) {
        Path file = Checkpoint.fileOf(path);
        Optional<PretrainedModel> foreign = PretrainedModel.openForeign(file);
        if (foreign.isPresent()) {
            try (PretrainedModel opened = foreign.get()) {
                return of(file, opened, placement, options);
            }
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            return of(file, checkpoint, placement, options);
        }
    }

    private static SavedModel of(Path file, PretrainedModel opened, Placement placement, ClassifierOptions options) {
        List<String> classNames = opened.classNames();
        requireClasses(file, classNames);
        ModelDescription description = opened.description();
        Recipe recipe = options.recipe().orElseGet(() -> description.choice().recipe(classNames.size()));
        Optional<ImageInput> input = options.input().or(description::input);
        requireFit(file, recipe, classNames.size(), input);
        return placed(recipe, classNames, input, placement, options, opened::restoreParameters);
    }

    private static SavedModel of(Path file, Checkpoint checkpoint, Placement placement, ClassifierOptions options) {
        List<String> classNames = checkpoint.state().classNames();
        requireClasses(file, classNames);
        // What a program brings itself needs no provider on the class path.
        boolean given = options.recipe().isPresent() && options.input().isPresent();
        Optional<ModelDescription> description = given ? Optional.empty() : checkpoint.description();
        Recipe recipe = options.recipe().orElseGet(() -> recipe(file, description, classNames.size()));
        checkpoint.requireSame(recipe.name(), classNames.size());
        Optional<ImageInput> input = options.input().or(() -> description.flatMap(ModelDescription::input));
        requireTrained(file, checkpoint);
        requireFit(file, recipe, classNames.size(), input);
        return placed(recipe, classNames, input, placement, options, checkpoint::restoreParameters);
    }

    private static SavedModel placed(
            Recipe recipe,
            List<String> classNames,
            Optional<ImageInput> input,
            Placement placement,
            ClassifierOptions options,
            Consumer<PlacedModel> restored) {
        PlacedModel model = placement.place(recipe.network(), recipe.input(options.batch()));
        try {
            restored.accept(model);
            return new SavedModel(recipe, classNames, input, model);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static Recipe recipe(Path file, Optional<ModelDescription> description, int classes) {
        ModelDescription known = description.orElseThrow(
                () -> TandemException.of(
                        ErrorCode.INVALID_CHECKPOINT,
                        "open " + file,
                        "it does not say what its model is",
                        "a checkpoint without a description, as earlier versions wrote",
                        "one that is complete in itself",
                        "Resume its run for an epoch, or pass recipe and preprocessing: ClassifierOptions.withRecipe, withInput"));
        return known.choice().recipe(classes);
    }

    private static void requireClasses(Path file, List<String> classNames) {
        if (classNames.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "open " + file,
                    "its model has no classes to name",
                    "a model of targets that are numbers",
                    "one class or more",
                    "Place the network yourself: Tandem.placement, Checkpoint.restoreParameters");
        }
    }

    /** A run leaves a checkpoint before its first step, to be resumed from. */
    private static void requireTrained(Path file, Checkpoint checkpoint) {
        if (!checkpoint.state().hasLearned()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "model of " + file,
                    "it has not been trained yet",
                    "a checkpoint from before the first step",
                    "one of an epoch",
                    "Wait for the end of the first epoch, or continue the run with ./tandem train --resume");
        }
    }

    private static void requireFit(Path file, Recipe recipe, int classes, Optional<ImageInput> input) {
        List<String> inputs = recipe.network().inputs();
        if (inputs.size() != 1) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "open " + file,
                    "the network has several inputs, and an image is one",
                    inputs,
                    "one input",
                    "Place the network yourself: Tandem.placement, Checkpoint.restoreParameters");
        }
        Shape row = recipe.input(1);
        Shape output = recipe.network().outputShape(row);
        if (!output.equals(Shape.of(1, classes))) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "open " + file,
                    "the recipe's network has other outputs than there are classes",
                    output,
                    Shape.of(1, classes),
                    "Use the recipe that the model was trained by");
        }
        input.ifPresent(known -> {
            Shape made = known.preprocessing().sampleShape().batchOf(1);
            if (!made.equals(row)) {
                throw TandemException.of(
                        ErrorCode.INVALID_CHECKPOINT,
                        "open " + file,
                        "images become inputs of another shape than the recipe's",
                        made,
                        row,
                        "Use the recipe and the preprocessing that the model was trained with");
            }
        });
    }
}

package dev.tandem.run;

import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The model of a run, placed for inference, with all it needs to read images.
 *
 * @param recipe the recipe, whose preprocessing images go through
 * @param classNames the classes, by label
 * @param statistics of the images it was trained on
 * @param model the placed model
 * @param checkpoint the file that its weights are of
 * @param epoch finished epochs of the checkpoint
 */
public record TrainedModel(
        Recipe recipe,
        List<String> classNames,
        TrainingStatistics statistics,
        PlacedModel model,
        Path checkpoint,
        int epoch)
        implements AutoCloseable {
    /**
     * Opens the model of a checkpoint.
     *
     * @param checkpoint {@code last}, {@code best}, or a file; null is the best, or the last where none was validated
     * @param rows how many images at once
     */
    public static TrainedModel open(
            RunFolder run, String checkpoint, ConfiguredRecipe recipes, Placement placement, int rows) {
        List<String> classNames = run.classNames();
        Recipe recipe = recipes.forClasses(classNames.size());
        TrainingStatistics statistics = TrainingStatistics.read(run.statistics());
        Path file = file(run, checkpoint);
        try (Checkpoint opened = opened(run, file, recipe)) {
            PlacedModel model = placement.place(recipe.network(), recipe.input(rows));
            try {
                opened.restoreParameters(model);
                int epoch = opened.state().history().size();
                return new TrainedModel(recipe, classNames, statistics, model, file, epoch);
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        }
    }

    private static Checkpoint opened(RunFolder run, Path file, Recipe recipe) {
        Checkpoint opened = Checkpoint.open(file);
        try {
            opened.requireSame(recipe.name(), recipe.classes());
            requireClasses(run, run.classNames(), opened.state().classNames());
            requireTrained(run, opened);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * The recipe of a checkpoint of the run, which is checked as {@link #open} does it; its parameters are not read.
     *
     * @param checkpoint as in {@link #file}
     * @throws TandemException as {@link #open} does, for all but single parameters
     */
    public static Recipe recipe(RunFolder run, String checkpoint, ConfiguredRecipe recipes) {
        Recipe recipe = recipes.forClasses(run.classNames().size());
        TrainingStatistics.read(run.statistics()).pixels().requireFor(recipe.preprocessing());
        opened(run, file(run, checkpoint), recipe).close();
        return recipe;
    }

    /**
     * The model of a checkpoint of the run, which is not placed: its parameters are read one at a time.
     *
     * @param checkpoint as in {@link #file}
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is of other classes, not trained yet, or does
     *     not say what its model is
     */
    public static PretrainedModel pretrained(RunFolder run, String checkpoint) {
        Path file = file(run, checkpoint);
        try (Checkpoint opened = Checkpoint.open(file)) {
            requireClasses(run, run.classNames(), opened.state().classNames());
            requireTrained(run, opened);
        }
        return PretrainedModel.open(file);
    }

    /**
     * Checks that a checkpoint is of the run's classes.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is not
     */
    public static void requireClasses(RunFolder run, List<String> ofRun, List<String> ofCheckpoint) {
        if (!ofCheckpoint.equals(ofRun)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "run folder " + run.path(),
                    "the checkpoint is of other classes",
                    ofCheckpoint,
                    ofRun + " of classes.txt",
                    "Use a checkpoint of this run");
        }
    }

    /** A run leaves a checkpoint before its first step, to be resumed from. */
    private static void requireTrained(RunFolder run, Checkpoint opened) {
        if (!opened.state().hasLearned()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "model of " + run.path(),
                    "it has not been trained yet",
                    "a checkpoint from before the first step",
                    "one of an epoch",
                    "Wait for the end of the first epoch, or continue the run with ./tandem train --resume");
        }
    }

    /**
     * The file of a checkpoint.
     *
     * @param checkpoint {@code last}, {@code best}, or a file; null is the best, or the last where none was validated
     */
    public static Path file(RunFolder run, String checkpoint) {
        if (checkpoint == null) {
            Path best = run.checkpoint("best");
            return Files.exists(best) ? best : run.checkpoint("last");
        }
        return List.of("last", "best").contains(checkpoint) ? run.checkpoint(checkpoint) : Path.of(checkpoint);
    }

    /** How files become inputs of the model; orientation is applied unless something else was decided. */
    public ImageInput input(ImageOptions images) {
        return input(recipe, statistics, images);
    }

    /** As {@link #input(ImageOptions)}, of a model by {@code recipe} that was trained on {@code statistics}. */
    public static ImageInput input(Recipe recipe, TrainingStatistics statistics, ImageOptions images) {
        boolean upright = images.orientation().orElse(Orientation.APPLY) == Orientation.APPLY;
        return new ImageInput(
                recipe.preprocessing(), statistics.pixels(), upright, images.maximumPixels(), images.scaled());
    }

    @Override
    public void close() {
        model.close();
    }
}

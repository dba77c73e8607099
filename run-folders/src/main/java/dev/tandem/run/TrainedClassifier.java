package dev.tandem.run;

import dev.tandem.imagenet.options.ImageOptions;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.Placement;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A classifier of a run's model. Whoever names classes by a run's model opens it here, with the same batch, so that
 * answers have the same bits.
 *
 * @param classifier of the run's recipe and classes
 * @param input how images become its inputs
 */
public record TrainedClassifier(Classifier classifier, ImageInput input) implements AutoCloseable {
    /**
     * Opens the model of a checkpoint.
     *
     * @param checkpoint {@code last}, {@code best}, or a file; null is the best, or the last where none was validated
     * @param images how files become pixels
     * @throws TandemException ({@link ErrorCode#INVALID_CHECKPOINT}) if it is damaged, not trained yet, or of other
     *     classes
     */
    public static TrainedClassifier open(
            RunFolder folder,
            @Nullable String checkpoint,
            ConfiguredRecipe recipes,
            ImageOptions images,
            Placement placement,
            ClassifierOptions options) {
        List<String> classNames = folder.classNames();
        Recipe recipe = recipes.forClasses(classNames.size());
        ImageInput input = TrainedModel.input(recipe, TrainingStatistics.read(folder.statistics()), images);
        Classifier classifier = Classifier.open(
                TrainedModel.file(folder, checkpoint),
                placement,
                options.withRecipe(recipe).withInput(input));
        try {
            TrainedModel.requireClasses(folder, classNames, classifier.classNames());
        } catch (RuntimeException e) {
            classifier.close();
            throw e;
        }
        return new TrainedClassifier(classifier, input);
    }

    @Override
    public void close() {
        classifier.close();
    }
}

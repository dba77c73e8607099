package dev.tandem.cli.run;

import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.ClassifierOptions;
import java.util.List;

/**
 * A classifier of a run's model. All commands that name classes open it here, with the same batch, so that their answers
 * have the same bits.
 *
 * @param classifier of the run's recipe and classes
 * @param input how images become its inputs
 */
public record TrainedClassifier(Classifier classifier, ImageInput input) implements AutoCloseable {
    /**
     * Opens the model of a checkpoint.
     *
     * @param checkpoint {@code last}, {@code best}, or a file; null is the best, or the last where none was validated
     */
    public static TrainedClassifier open(
            Session session, RunFolder folder, String checkpoint, ClassifierOptions options) {
        List<String> classNames = folder.classNames();
        Recipe recipe = session.recipes().forClasses(classNames.size());
        ImageInput input = TrainedModel.input(
                recipe,
                TrainingStatistics.read(folder.statistics()),
                session.photographs().imageOptions());
        Classifier classifier = Classifier.open(
                TrainedModel.file(folder, checkpoint),
                session.placement(),
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

package dev.tandem.runtime.config;

import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How losses and gradients become updates; what is empty is the recipe's.
 *
 * @param labelSmoothing the share of each target that all classes get alike, above 0 and below 1
 * @param clipNorm the greatest length of all gradients of an update together; 0 for any
 * @param accumulate batches of an update
 * @param averageDecay the share that an average of the weights keeps at each update; 0 for no average
 */
public record Updates(
        OptionalDouble labelSmoothing, OptionalDouble clipNorm, OptionalInt accumulate, OptionalDouble averageDecay) {
    private static final String LABEL_SMOOTHING = "tandem.train.label-smoothing";

    static Updates read(Settings settings) {
        return new Updates(
                settings.fraction(LABEL_SMOOTHING),
                settings.number("tandem.train.clip-norm", 0, 1e9),
                TandemConfig.integer(settings, "tandem.train.accumulate", 1, 65_536),
                settings.number("tandem.train.average-decay", 0, 0.999999));
    }

    /**
     * {@code recipe} with what is configured.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if labels are to be smoothed that its loss does
     *     not have
     */
    Recipe applyTo(Recipe recipe) {
        Training training = recipe.training();
        if (labelSmoothing.isPresent()) {
            if (!(training.loss() instanceof CrossEntropy)) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        LABEL_SMOOTHING,
                        "the loss of recipe " + recipe.name() + " is not cross-entropy",
                        labelSmoothing.getAsDouble(),
                        "not set",
                        "Remove it");
            }
            training = training.withLoss(new CrossEntropy(labelSmoothing.getAsDouble()));
        }
        training = clipNorm.isPresent() ? training.withClipNorm(clipNorm.getAsDouble()) : training;
        training = averageDecay.isPresent() ? training.withAverageDecay(averageDecay.getAsDouble()) : training;
        Recipe changed = training.equals(recipe.training()) ? recipe : recipe.withTraining(training);
        return accumulate.isPresent() ? changed.withAccumulate(accumulate.getAsInt()) : changed;
    }
}

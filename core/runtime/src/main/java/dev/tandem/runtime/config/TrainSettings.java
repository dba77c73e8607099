package dev.tandem.runtime.config;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.ClassWeights;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How training goes; what is empty is the recipe's.
 *
 * @param epochs passes over the training set
 * @param batch images per step
 * @param learningRate the initial learning rate
 * @param seed of everything random
 * @param workers decoding threads, 0 for one per core
 * @param checkpointEvery epochs between numbered checkpoints, 0 for none
 * @param classWeights how much the images of each class count in the training loss
 * @param balanced whether every class is drawn equally often, instead of every image once
 * @param transfer the weights that a run begins with, and what it trains of them
 * @param updates how gradients become updates
 * @param earlyStopping epochs after the best until the run is finished; empty for all epochs
 * @param tensorBoard whether TensorBoard's event files are written
 */
public record TrainSettings(
        OptionalInt epochs,
        OptionalInt batch,
        OptionalDouble learningRate,
        long seed,
        int workers,
        int checkpointEvery,
        ClassWeights classWeights,
        boolean balanced,
        Transfer transfer,
        Updates updates,
        OptionalInt earlyStopping,
        boolean tensorBoard) {
    static TrainSettings read(Settings settings) {
        return new TrainSettings(
                TandemConfig.integer(settings, "tandem.train.epochs", 1, 100_000),
                TandemConfig.integer(settings, "tandem.train.batch", 1, 65_536),
                settings.positive("tandem.train.learning-rate", 1000),
                settings.integer("tandem.train.seed", Long.MIN_VALUE, Long.MAX_VALUE)
                        .orElseThrow(),
                TandemConfig.integer(settings, "tandem.train.workers", 0, 256).getAsInt(),
                TandemConfig.integer(settings, "tandem.train.checkpoint-every", 0, 100_000)
                        .getAsInt(),
                ClassWeights.named(settings.choice("tandem.train.class-weights", ClassWeights.names())
                        .orElseThrow()),
                settings.choice("tandem.train.sampling", List.of("natural", "balanced"))
                        .orElseThrow()
                        .equals("balanced"),
                Transfer.read(settings),
                Updates.read(settings),
                TandemConfig.integer(settings, "tandem.train.early-stopping", 1, 100_000),
                settings.flag("tandem.train.tensorboard"));
    }

    TrainSettings withBatch(int images) {
        return new TrainSettings(
                epochs,
                OptionalInt.of(images),
                learningRate,
                seed,
                workers,
                checkpointEvery,
                classWeights,
                balanced,
                transfer,
                updates,
                earlyStopping,
                tensorBoard);
    }

    /** {@code recipe} with the epochs, batch, rates, constant layers and variation that are configured. */
    public Recipe applyTo(Recipe recipe) {
        Recipe changed = transfer.applyTo(recipe);
        changed = epochs.isPresent() ? changed.withEpochs(epochs.getAsInt()) : changed;
        changed = batch.isPresent() ? changed.withBatch(batch.getAsInt()) : changed;
        changed = updates.applyTo(changed);
        double initial = recipe.schedule().nominalRate();
        if (learningRate.isPresent() && !(initial > 0)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "tandem.train.learning-rate",
                    "the schedule of recipe " + recipe.name() + " has no first rate to replace",
                    learningRate.getAsDouble(),
                    "not set",
                    "Remove it, or override nominalRate() of the schedule");
        }
        return learningRate.isPresent()
                ? changed.withLearningRateFactor(learningRate.getAsDouble() / initial)
                : changed;
    }
}

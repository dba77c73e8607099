package dev.tandem.spark.train;

import dev.tandem.nn.data.BatchPart;
import dev.tandem.nn.train.StepSettings;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * A batch of a round, as it travels to the workers.
 *
 * @param epoch the epoch, from 0
 * @param batch the batch in the epoch, from 0
 * @param seed the run's seed
 * @param step the number of the update, from 0
 * @param pass the number of the batch that fixes dropout masks
 * @param learningRate the learning rate
 * @param layerLearningRates of layers that have their own
 * @param classWeights by class; empty if all count alike
 * @param updates whether an update follows, or the gradients wait for the next batch
 */
record PlannedStep(
        int epoch,
        int batch,
        long seed,
        long step,
        long pass,
        double learningRate,
        Map<String, Double> layerLearningRates,
        List<Double> classWeights,
        boolean updates)
        implements Serializable {
    static PlannedStep of(int epoch, int batch, StepSettings settings, boolean updates) {
        return new PlannedStep(
                epoch,
                batch,
                settings.seed(),
                settings.step(),
                settings.pass(),
                settings.learningRate(),
                settings.layerLearningRates(),
                settings.classWeights(),
                updates);
    }

    /** The settings of the whole batch. */
    StepSettings settings() {
        return new StepSettings(seed, step, pass, learningRate, layerLearningRates, classWeights);
    }

    /** The settings of a worker's rows. */
    StepSettings settings(BatchPart rows) {
        return settings().on(rows);
    }
}

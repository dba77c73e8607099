package dev.tandem.spark.train;

import java.io.Serializable;
import java.util.List;

/**
 * What a worker did in a round.
 *
 * @param worker its number
 * @param place where its task ran, as Spark prefers places
 * @param loss its share of the sum of the batches' mean losses
 * @param absent names of parameters without a gradient and of states that were not replaced
 * @param loadSeconds how long it took to bring the model to the round's state
 * @param computeSeconds how long the steps took, waiting for images included
 * @param dataWaitSeconds how long it waited for images
 */
record WorkerReport(
        int worker,
        String place,
        double loss,
        List<String> absent,
        double loadSeconds,
        double computeSeconds,
        double dataWaitSeconds)
        implements Serializable {}

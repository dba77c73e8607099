package dev.tandem.spark.train;

import java.util.List;
import java.util.function.IntFunction;

/**
 * What a worker has at the end of a round.
 *
 * @param parts its numbers, by part
 * @param loss its share of the sum of the batches' mean losses
 * @param absent names of parameters without a gradient and of states that were not replaced
 * @param dataWaitSeconds how long it waited for images
 */
record WorkerResult(IntFunction<Floats> parts, double loss, List<String> absent, double dataWaitSeconds) {}

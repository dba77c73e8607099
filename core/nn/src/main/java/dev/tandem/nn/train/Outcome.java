package dev.tandem.nn.train;

import dev.tandem.nn.loss.Loss;

/**
 * What a model makes of a batch.
 *
 * @param predictions what it predicts, row-major: {@link Loss#prediction}
 * @param losses the loss of each row
 */
public record Outcome(float[] predictions, float[] losses) {}

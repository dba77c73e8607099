package dev.tandem.nn.train;

/**
 * What one training step needs besides the batch.
 *
 * @param seed the run's seed
 * @param step the step's number since the start of the run; with the seed it fixes the dropout masks
 * @param sgd the optimizer
 * @param rate the learning rate
 */
public record StepSettings(long seed, long step, Sgd sgd, double rate) {}

package dev.tandem.runtime;

/**
 * A class that an image may be of.
 *
 * @param name the class's name
 * @param label its place in {@link Classifier#classNames}
 * @param probability what the model gives it: 0 to 1, and 1 over all classes, if the recipe's loss is cross-entropy
 */
public record Prediction(String name, int label, double probability) {}

/** Inference by executors: classes and features of the images of a DataFrame, and the errors of a run's model. */
@NullMarked
package dev.tandem.spark.inference;

import org.jspecify.annotations.NullMarked;

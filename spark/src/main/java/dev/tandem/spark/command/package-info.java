/** The command line for {@code spark-submit}. */
@NullMarked
package dev.tandem.spark.command;

import org.jspecify.annotations.NullMarked;

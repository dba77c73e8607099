/** Executors: whole ones for a task, what is kept on them, and whether they can compute. */
@NullMarked
package dev.tandem.spark.cluster;

import org.jspecify.annotations.NullMarked;

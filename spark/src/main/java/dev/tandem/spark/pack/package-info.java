/** Packing by executors: one shard a task, the same bytes as one machine writes. */
@NullMarked
package dev.tandem.spark.pack;

import org.jspecify.annotations.NullMarked;

/**
 * Tandem on Apache Spark: packing, training and inference on many machines. Records that Spark sends name Java's serializer,
 * as Kryo cannot write records.
 */
@NullMarked
package dev.tandem.spark;

import org.jspecify.annotations.NullMarked;

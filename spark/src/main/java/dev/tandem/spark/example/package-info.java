/** Small programs for Spark, one a use. */
@NullMarked
package dev.tandem.spark.example;

import org.jspecify.annotations.NullMarked;

/**
 * Any file system of Hadoop's ({@code hdfs://}, {@code s3a://}, {@code gs://}, ...) as {@link java.nio.file.Path}s, so that
 * everything that reads or writes data works there, too.
 *
 * <p>{@link dev.tandem.spark.files.HadoopLocations} is found by {@link dev.tandem.spi.Locations}; {@link
 * dev.tandem.spark.files.HadoopSettings} brings the driver's settings of Hadoop to executors.
 */
@NullMarked
package dev.tandem.spark.files;

import org.jspecify.annotations.NullMarked;

package dev.tandem.spark.train;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A part of a worker's numbers.
 *
 * @param values the numbers
 * @param share what they are multiplied by in a sum
 * @param report of the worker; null if there are numbers
 */
@DefaultSerializer(JavaSerializer.class)
record Part(Floats values, double share, @Nullable WorkerReport report) implements Serializable {}

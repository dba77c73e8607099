package dev.tandem.spark.train;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.List;

/**
 * The parts of all workers in one.
 *
 * @param part which
 * @param values the sum, or one after the other; nothing of reports
 * @param reports of the workers, in their order; none with numbers
 */
@DefaultSerializer(JavaSerializer.class)
record Merged(int part, Floats values, List<WorkerReport> reports) implements Serializable {}

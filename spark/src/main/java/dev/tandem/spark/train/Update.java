package dev.tandem.spark.train;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.List;

/**
 * An update of the parameters by the gradients of all workers.
 *
 * @param step the last batch of the update
 * @param parts the gradients, as {@link GradientLayout} has them
 * @param absent names of parameters without a gradient and of states that were not replaced
 */
@DefaultSerializer(JavaSerializer.class)
record Update(PlannedStep step, List<Floats> parts, List<String> absent) implements Serializable {}

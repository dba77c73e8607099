package dev.tandem.spark.train;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;

/**
 * Finds the dead and saturated units over the first worker's rows of a batch.
 *
 * @param spec the run
 * @param state the model's
 * @param epoch the epoch, from 0
 * @param batch the batch in the epoch, from 0
 * @param seed the run's
 */
record ActivationTask(Broadcast<RunSpec> spec, StateReference state, int epoch, int batch, long seed)
        implements FlatMapFunction<Iterator<Integer>, ActivationTask.Health> {
    /** A layer's {@link dev.tandem.nn.train.ActivationHealth}. */
    @DefaultSerializer(JavaSerializer.class)
    record Health(String layer, double deadShare, double saturatedShare) implements Serializable {}

    @Override
    public Iterator<Health> call(Iterator<Integer> first) {
        ExecutorModel model = ExecutorModel.take(spec.value());
        model.bringTo(state);
        return model.activations(epoch, batch, seed).entrySet().stream()
                .map(layer -> new Health(
                        layer.getKey(),
                        layer.getValue().deadShare(),
                        layer.getValue().saturatedShare()))
                .iterator();
    }
}

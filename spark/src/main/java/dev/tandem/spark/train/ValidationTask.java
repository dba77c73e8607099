package dev.tandem.spark.train;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import dev.tandem.nn.train.Outcome;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;

/**
 * Predicts validation images: of those from {@code from} to {@code to - 1}, each worker some that follow each other.
 *
 * @param spec the run
 * @param state the model's
 * @param withLosses whether the loss of each is wanted, too
 */
record ValidationTask(Broadcast<RunSpec> spec, StateReference state, int from, int to, boolean withLosses)
        implements FlatMapFunction<Iterator<Integer>, ValidationTask.Predicted> {
    /**
     * What is predicted for a batch.
     *
     * @param first the first image
     * @param rows how many
     * @param batch rows of the predictions, those without an image included
     * @param predictions a row an image
     * @param losses of each image; empty if they were not wanted
     */
    @DefaultSerializer(JavaSerializer.class)
    record Predicted(int first, int rows, int batch, Floats predictions, Floats losses) implements Serializable {}

    @Override
    public Iterator<Predicted> call(Iterator<Integer> workers) {
        int worker = workers.next();
        int count = spec.value().workers();
        int begin = from + (int) ((long) (to - from) * worker / count);
        int end = from + (int) ((long) (to - from) * (worker + 1) / count);
        ExecutorModel model = ExecutorModel.take(spec.value());
        model.bringTo(state);
        List<Predicted> all = new ArrayList<>();
        int at = begin;
        for (Outcome outcome : model.validate(begin, end, withLosses)) {
            int batch = Math.min(end - begin, spec.value().batch());
            int rows = Math.min(end - at, batch);
            all.add(new Predicted(at, rows, batch, Floats.of(outcome.predictions()), Floats.of(outcome.losses())));
            at += rows;
        }
        return all.iterator();
    }
}

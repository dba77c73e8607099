package dev.tandem.spark.train;

import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;

/**
 * Gives slices of a state that updates have led to: of those from {@code from} to {@code to - 1}, each worker gives some.
 *
 * @param spec the run
 * @param state the state
 */
record SliceTask(Broadcast<RunSpec> spec, StateReference state, int from, int to)
        implements FlatMapFunction<Iterator<Integer>, Merged> {
    @Override
    public Iterator<Merged> call(Iterator<Integer> workers) {
        int worker = workers.next();
        ExecutorModel model = ExecutorModel.take(spec.value());
        model.bringTo(state);
        IntFunction<Floats> slices = model.slices();
        int count = spec.value().workers();
        return IntStream.range(from, to)
                .filter(slice -> slice % count == worker)
                .mapToObj(slice -> new Merged(slice, slices.apply(slice), List.of()))
                .iterator();
    }
}

package dev.tandem.spark.train;

import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * A worker's share of a round. What it gives follows from its fields and its number alone, so that a task can be done
 * again anywhere.
 *
 * @param spec the run
 * @param state that the round begins with
 * @param steps the batches of the round
 * @param gradients whether workers give gradients, or else what local steps make of the model
 */
record RoundTask(Broadcast<RunSpec> spec, StateReference state, List<PlannedStep> steps, boolean gradients)
        implements PairFlatMapFunction<Iterator<Integer>, PartKey, Part> {
    @Override
    public Iterator<Tuple2<PartKey, Part>> call(Iterator<Integer> workers) {
        int worker = workers.next();
        long began = System.nanoTime();
        ExecutorModel model = ExecutorModel.take(spec.value());
        model.bringTo(state);
        long loaded = System.nanoTime();
        WorkerResult result = gradients ? model.gradients(worker, steps) : model.localSteps(worker, steps);
        double computed = (System.nanoTime() - loaded) / 1e9;
        WorkerReport report = new WorkerReport(
                worker,
                Place.here(),
                result.loss(),
                result.absent(),
                (loaded - began) / 1e9,
                computed,
                result.dataWaitSeconds());
        int parts = gradients ? model.gradientLayout().parts() : model.layout().slices();
        // Gradients are multiplied by their shares already, as those of several batches are added up.
        double share = gradients
                ? 1
                : spec.value().part(worker).rows() / (double) spec.value().batch();
        return Stream.concat(
                        Stream.of(new Tuple2<>(new PartKey(PartKey.REPORT, worker), new Part(Floats.NONE, 0, report))),
                        IntStream.range(0, parts)
                                .mapToObj(part -> new Tuple2<>(
                                        new PartKey(part, worker),
                                        new Part(result.parts().apply(part), share, null))))
                .iterator();
    }
}

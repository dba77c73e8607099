package dev.tandem.spark.train;

import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.spark.cluster.SparkFailure;
import dev.tandem.spark.cluster.WholeExecutors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * Runs the tasks of a round and merges what the workers give: part by part, in the order of the workers, whatever their
 * tasks took.
 */
final class Exchange {
    /** What the tasks of one job give the driver, at most: a quarter of Spark's default limit. */
    private static final long MOST_BYTES = 256L << 20;

    /** So many arrays of a part from all workers are at hand in one task that merges. */
    private static final int ARRAYS_AT_ONCE = 8;

    private final JavaSparkContext context;
    private final int workers;
    private List<String> places;

    Exchange(JavaSparkContext context, int workers) {
        this.context = context;
        this.workers = workers;
        this.places = IntStream.range(0, workers).mapToObj(worker -> "").toList();
    }

    /** Parts to partitions, several that follow each other to one. The reports are with the first. */
    private static final class ByPart extends Partitioner {
        private final int partitions;
        private final int together;

        ByPart(int parts, int workers) {
            this.together = Math.max(1, ARRAYS_AT_ONCE / workers);
            this.partitions = (parts + together - 1) / together;
        }

        @Override
        public int numPartitions() {
            return partitions;
        }

        @Override
        public int getPartition(Object key) {
            return Math.max(0, ((PartKey) key).part()) / together;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof ByPart by && by.partitions == partitions && by.together == together;
        }

        @Override
        public int hashCode() {
            return 31 * partitions + together;
        }
    }

    /** The merged parts of a round. */
    record Result(Floats[] parts, List<WorkerReport> reports) {}

    /**
     * Runs a round.
     *
     * @param parts how many parts each worker gives
     * @param joined from which part on parts are joined, and not summed up
     */
    Result run(RoundTask task, int parts, int joined) {
        ByPart partitioner = new ByPart(parts, workers);
        JavaRDD<Integer> tasks = WholeExecutors.of(WorkerRdd.of(context.sc(), places));
        JavaPairRDD<PartKey, Part> given = tasks.mapPartitionsToPair(task::call);
        JavaRDD<Merged> merged = given.repartitionAndSortWithinPartitions(partitioner)
                .mapPartitions(sorted -> new Merging(sorted, joined));
        Result result = new Result(new Floats[parts], new ArrayList<>());
        int together = (int)
                Math.max(1, MOST_BYTES / ((long) Slices.LENGTH * Float.BYTES) / Math.max(1, ARRAYS_AT_ONCE / workers));
        try {
            for (int from = 0; from < partitioner.numPartitions(); from += together) {
                int[] partitions = IntStream.range(from, Math.min(partitioner.numPartitions(), from + together))
                        .toArray();
                List<Merged>[] collected =
                        SparkFailure.during("train on Spark", () -> merged.collectPartitions(partitions));
                for (List<Merged> list : collected) {
                    for (Merged one : list) {
                        if (one.part() == PartKey.REPORT) {
                            result.reports().addAll(one.reports());
                        } else {
                            result.parts()[one.part()] = one.values();
                        }
                    }
                }
            }
        } finally {
            merged.rdd().cleanShuffleDependencies(false);
        }
        places = result.reports().stream().map(WorkerReport::place).toList();
        return result;
    }

    /** The activations on one executor. */
    Map<String, ActivationHealth> activations(ActivationTask task) {
        JavaRDD<Integer> first = WholeExecutors.of(WorkerRdd.of(context.sc(), places.subList(0, 1)));
        Map<String, ActivationHealth> found = new HashMap<>();
        SparkFailure.during("train on Spark", () -> first.mapPartitions(task).collect())
                .forEach(one -> found.put(one.layer(), new ActivationHealth(one.deadShare(), one.saturatedShare())));
        return found;
    }

    /** Tasks for all workers, each where it ran last. */
    JavaRDD<Integer> tasks() {
        return WholeExecutors.of(WorkerRdd.of(context.sc(), places));
    }

    /** Merges parts that come sorted. */
    private static final class Merging implements Iterator<Merged> {
        /** So many numbers are converted at a time: they stay in the processor's cache. */
        private static final int CHUNK = 1 << 13;

        private final Iterator<Tuple2<PartKey, Part>> sorted;
        private final int joined;
        private final float[] some = new float[CHUNK];
        private double[] sums = new double[0];
        private Tuple2<PartKey, Part> next;

        Merging(Iterator<Tuple2<PartKey, Part>> sorted, int joined) {
            this.sorted = sorted;
            this.joined = joined;
            this.next = sorted.hasNext() ? sorted.next() : null;
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public Merged next() {
            int part = next._1().part();
            if (part == PartKey.REPORT) {
                List<WorkerReport> reports = new ArrayList<>();
                for (; isOf(part); advance()) {
                    reports.add(next._2().report());
                }
                return new Merged(part, Floats.NONE, reports);
            }
            return new Merged(part, part < joined ? sum(part) : join(part), List.of());
        }

        private boolean isOf(int part) {
            return next != null && next._1().part() == part;
        }

        private void advance() {
            next = sorted.hasNext() ? sorted.next() : null;
        }

        /** Summed up in double precision: the mean of equal numbers is that number. */
        private Floats sum(int part) {
            int length = next._2().values().length();
            if (sums.length < length) {
                sums = new double[length];
            }
            Arrays.fill(sums, 0, length, 0);
            for (; isOf(part); advance()) {
                Floats values = next._2().values();
                double share = next._2().share();
                for (int from = 0; from < length; from += some.length) {
                    int count = Math.min(some.length, length - from);
                    values.read(from, some, 0, count);
                    for (int i = 0; i < count; i++) {
                        sums[from + i] += share * some[i];
                    }
                }
            }
            Floats rounded = new Floats(length);
            for (int from = 0; from < length; from += some.length) {
                int count = Math.min(some.length, length - from);
                for (int i = 0; i < count; i++) {
                    some[i] = (float) sums[from + i];
                }
                rounded.write(from, some, 0, count);
            }
            return rounded;
        }

        private Floats join(int part) {
            List<Floats> parts = new ArrayList<>();
            for (; isOf(part); advance()) {
                parts.add(next._2().values());
            }
            return Floats.joined(parts);
        }
    }
}

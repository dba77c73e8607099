package dev.tandem.spark.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * One partition for each worker, which has the worker's number. A worker's task prefers the executor where it ran last: its
 * images are read ahead there.
 */
final class WorkerRdd extends RDD<Integer> {
    private static final ClassTag<Integer> INTEGER = ClassTag$.MODULE$.apply(Integer.class);

    private final List<String> places;

    private record Worker(int index) implements Partition, Serializable {
        @Override
        public boolean equals(Object other) {
            return other instanceof Worker worker && worker.index == index;
        }

        @Override
        public int hashCode() {
            return index;
        }
    }

    private WorkerRdd(SparkContext context, List<String> places) {
        super(context, immutable(List.<Dependency<?>>of()), INTEGER);
        this.places = new ArrayList<>(places);
    }

    /**
     * The workers.
     *
     * @param places where each ran last; empty where none is known
     */
    static JavaRDD<Integer> of(SparkContext context, List<String> places) {
        return JavaRDD.fromRDD(new WorkerRdd(context, places), INTEGER);
    }

    private static <T> Seq<T> immutable(List<T> list) {
        return CollectionConverters.asScala(list).toSeq();
    }

    @Override
    public Iterator<Integer> compute(Partition split, TaskContext context) {
        return CollectionConverters.asScala(List.of(split.index()).iterator());
    }

    @Override
    public Partition[] getPartitions() {
        Partition[] workers = new Partition[places.size()];
        for (int worker = 0; worker < workers.length; worker++) {
            workers[worker] = new Worker(worker);
        }
        return workers;
    }

    @Override
    public Seq<String> getPreferredLocations(Partition split) {
        String place = places.get(split.index());
        return immutable(place.isEmpty() ? List.of() : List.of(place));
    }
}

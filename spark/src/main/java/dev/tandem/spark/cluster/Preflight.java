package dev.tandem.spark.cluster;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Function1;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** Looks at every executor before anything long starts, so that what is wrong with some is one error, by host. */
public final class Preflight {
    private static final Logger LOG = LoggerFactory.getLogger(Preflight.class);
    private static final String OPERATION = "check of the executors";

    /** What a process takes besides its heap and its tensors: code, threads, Spark's buffers. */
    private static final long PROCESS_BYTES = 300L << 20;

    private static final ClassTag<ExecutorReport> REPORT = ClassTag$.MODULE$.apply(ExecutorReport.class);

    private Preflight() {}

    /**
     * Runs a task on each executor that is there, all at the same time. Each opens its backend and computes a product;
     * what is wrong there is in its report.
     *
     * @param configuration as {@link dev.tandem.runtime.config.TandemConfig#render} gives it
     * @throws TandemException ({@link ErrorCode#BACKEND_UNAVAILABLE}) if some executor cannot run such a task at all
     */
    public static List<ExecutorReport> reports(JavaSparkContext context, String configuration) {
        int executors = WholeExecutors.count(context);
        JavaRDD<Integer> tasks = WholeExecutors.of(
                context.parallelize(IntStream.range(0, executors).boxed().toList(), executors));
        try {
            // A barrier's tasks start together, so each has an executor of its own.
            return sorted(
                    JavaRDD.fromRDD(tasks.rdd().barrier().mapPartitions(task(configuration), false, REPORT), REPORT)
                            .collect());
        } catch (Exception e) {
            throw host(tasks, configuration, e);
        }
    }

    private static Function1<Iterator<Integer>, Iterator<ExecutorReport>> task(String configuration) {
        return (Function1<Iterator<Integer>, Iterator<ExecutorReport>> & Serializable)
                one -> CollectionConverters.asScala(
                        List.of(ExecutorReport.here(configuration)).iterator());
    }

    private static List<ExecutorReport> sorted(List<ExecutorReport> reports) {
        return reports.stream()
                .sorted(Comparator.comparing(ExecutorReport::host).thenComparing(ExecutorReport::executor))
                .toList();
    }

    /** What Spark says of a barrier does not name the host; of another job it does. */
    private static TandemException host(JavaRDD<Integer> tasks, String configuration, Exception failure) {
        Exception told = failure;
        try {
            tasks.map(one -> ExecutorReport.here(configuration)).collect();
        } catch (Exception e) {
            told = e;
        }
        return LostTask.of(told)
                .map(lost -> TandemException.failure(
                        ErrorCode.BACKEND_UNAVAILABLE, OPERATION, lost.problem(), lost.advice(), failure))
                .orElse(TandemException.failure(
                        ErrorCode.BACKEND_UNAVAILABLE, OPERATION, "it did not run: " + failure, "", failure));
    }

    /**
     * Refuses executors that cannot do what the driver asks of them.
     *
     * @param tensorBytes the memory that the tensors of a task take on an executor's machine, outside of its heap
     * @throws TandemException ({@link ErrorCode#BACKEND_UNAVAILABLE}) that names each host, what is wrong with it, and
     *     what to do
     */
    public static void requireReady(List<ExecutorReport> reports, long tensorBytes) {
        List<String> problems = new ArrayList<>();
        for (ExecutorReport report : reports) {
            String name = report.host() + " (executor " + report.executor() + "): ";
            problems(report).forEach(problem -> problems.add(name + problem));
        }
        reports.stream()
                .collect(Collectors.groupingBy(ExecutorReport::host, TreeMap::new, Collectors.toList()))
                .forEach((host, there) -> memoryProblem(there, tensorBytes)
                        .ifPresent(problem -> problems.add(host + " (" + numbers(there) + "): " + problem)));
        if (!problems.isEmpty()) {
            throw TandemException.failure(
                    ErrorCode.BACKEND_UNAVAILABLE,
                    OPERATION,
                    problems.size() + (problems.size() == 1 ? " is" : " are") + " wrong with " + reports.size()
                            + (reports.size() == 1 ? " executor" : " executors")
                            + problems.stream().collect(Collectors.joining("\n  ", "\n  ", "")),
                    "",
                    null);
        }
        warnOfSharedCores(reports);
    }

    private static List<String> problems(ExecutorReport report) {
        List<String> problems = new ArrayList<>();
        if (report.javaFeature() != Runtime.version().feature()) {
            problems.add(
                    "another Java than the driver's, got " + report.java() + ", expected "
                            + Runtime.version().feature()
                            + ". Set spark.executorEnv.JAVA_HOME to a folder that each machine has, or JAVA_HOME of the worker");
        }
        if (!report.tandem().equals(TandemVersion.number())) {
            problems.add("another version of Tandem than the driver's, got " + report.tandem() + ", expected "
                    + TandemVersion.number()
                    + ". Remove its jar from the jars of Spark there: spark-submit brings the driver's");
        }
        if (!report.problem().isEmpty()) {
            problems.add(report.problem());
        }
        return problems;
    }

    /** Of the executors on one machine, or in one container. */
    private static Optional<String> memoryProblem(List<ExecutorReport> there, long tensorBytes) {
        long memory = there.get(0).memoryBytes();
        long heaps = there.stream().mapToLong(ExecutorReport::heapBytes).sum();
        long needed = heaps + there.size() * (tensorBytes + PROCESS_BYTES);
        return needed <= memory
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "too little memory, got %,d MiB, expected %,d MiB: %,d for Java's heaps and %,d outside of them."
                                + " Set spark.executor.memory lower, a smaller batch, or, where containers are limited,"
                                + " spark.executor.memoryOverhead to %dm",
                        memory >> 20,
                        needed >> 20,
                        heaps >> 20,
                        (needed - heaps) >> 20,
                        (needed - heaps) / there.size() >> 20));
    }

    private static void warnOfSharedCores(List<ExecutorReport> reports) {
        Map<String, List<ExecutorReport>> hosts = reports.stream()
                .collect(Collectors.groupingBy(ExecutorReport::host, TreeMap::new, Collectors.toList()));
        hosts.forEach((host, there) -> {
            int cores = there.stream().mapToInt(ExecutorReport::cores).sum();
            if (cores > there.get(0).processors()) {
                LOG.warn(
                        "{} has {} processors, and Spark counts {} cores of {} there: they share, and it is slower",
                        host,
                        there.get(0).processors(),
                        cores,
                        numbers(there));
            }
        });
    }

    private static String numbers(List<ExecutorReport> there) {
        TreeSet<String> numbers =
                there.stream().map(ExecutorReport::executor).collect(Collectors.toCollection(TreeSet::new));
        return (numbers.size() == 1 ? "executor " : "executors ") + String.join(", ", numbers);
    }
}

package dev.tandem.spark.cluster;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkExecutorInfo;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;
import org.apache.spark.storage.BlockManagerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * Stages whose tasks have an executor each, with all its cores and other resources, by Spark's stage-level scheduling:
 * on standalone clusters, YARN, Kubernetes and {@code local-cluster}. Where the whole process is one executor, as with
 * {@code local[8]}, tasks take turns by {@link ExecutorTandem}'s lock.
 */
public final class WholeExecutors {
    private static final Logger LOG = LoggerFactory.getLogger(WholeExecutors.class);
    private static final String OPERATION = "executors";

    private static final String EXECUTOR_CORES = "spark.executor.cores";
    private static final String EXECUTOR_COUNT = "spark.executor.instances";
    private static final String MOST_CORES = "spark.cores.max";
    private static final String WAITING = "spark.scheduler.maxRegisteredResourcesWaitingTime";
    private static final String WAITING_DEFAULT = "120s";

    /** An executor that comes so long after the one before was not started with it. */
    private static final long SETTLED_SECONDS = 5;

    private static final Pattern LOCAL = Pattern.compile("local(\\[.*])?");
    private static final Pattern LOCAL_CLUSTER =
            Pattern.compile("local-cluster\\[\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,\\s*\\d+\\s*]");
    private static final Pattern OTHER_RESOURCE = Pattern.compile("spark\\.executor\\.resource\\.([^.]+)\\.amount");

    /** One for each context, as Spark keeps every profile that it is given. */
    private static final Map<SparkContext, ResourceProfile> PROFILES = new WeakHashMap<>();

    private WholeExecutors() {}

    /**
     * The same partitions, each for a task that takes a whole executor.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if executors may have different numbers of cores
     */
    public static <T> JavaRDD<T> of(JavaRDD<T> tasks) {
        SparkContext context = tasks.context();
        SparkConf conf = context.getConf();
        int cores = cores(context);
        Map<String, Long> others = others(conf);
        boolean isWhole = cores == conf.getInt("spark.task.cpus", 1)
                && others.entrySet().stream()
                        .allMatch(other -> conf.getDouble("spark.task.resource." + other.getKey() + ".amount", 0)
                                == other.getValue());
        if (isLocal(context) || isWhole) {
            return tasks;
        }
        synchronized (PROFILES) {
            return tasks.withResources(PROFILES.computeIfAbsent(context, one -> profile(cores, others)));
        }
    }

    private static ResourceProfile profile(int cores, Map<String, Long> others) {
        TaskResourceRequests task = new TaskResourceRequests().cpus(cores);
        others.forEach(task::resource);
        return new ResourceProfileBuilder().require(task).build();
    }

    /** Resources of an executor besides cores, such as GPUs, and how many of each. */
    private static Map<String, Long> others(SparkConf conf) {
        Map<String, Long> others = new TreeMap<>();
        for (Tuple2<String, String> setting : conf.getAll()) {
            Matcher matcher = OTHER_RESOURCE.matcher(setting._1());
            if (matcher.matches()) {
                others.put(matcher.group(1), Long.valueOf(setting._2()));
            }
        }
        return others;
    }

    /**
     * Waits for executors, as long as {@code spark.scheduler.maxRegisteredResourcesWaitingTime} says; two minutes if it
     * says nothing.
     *
     * @param wanted how many parts a run is to have, if that is decided; there may be fewer executors, whose tasks then
     *     wait for each other
     * @return {@code wanted}, or as many as there are executors
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if none came; or if fewer came than the application
     *     asked for and their number decides how many parts there are
     */
    public static int await(JavaSparkContext context, OptionalInt wanted) {
        SparkContext spark = context.sc();
        OptionalInt asked = asked(spark);
        int awaited = asked.orElse(wanted.orElse(Integer.MAX_VALUE));
        if (wanted.isPresent()) {
            awaited = Math.min(awaited, wanted.getAsInt());
        }
        long now = System.nanoTime();
        long end = now + TimeUnit.SECONDS.toNanos(spark.getConf().getTimeAsSeconds(WAITING, WAITING_DEFAULT));
        int last = 0;
        long since = now;
        while (now < end) {
            int there = count(context);
            if (there != last) {
                LOG.info("{} executors", there);
                last = there;
                since = now;
            }
            boolean isSettled = now - since > TimeUnit.SECONDS.toNanos(SETTLED_SECONDS);
            boolean areAll = there >= awaited || isSettled && asked.isEmpty();
            if (there > 0 && areAll) {
                return wanted.orElse(there);
            }
            pause();
            now = System.nanoTime();
        }
        if (last == 0 || wanted.isEmpty()) {
            throw missing(spark, asked);
        }
        LOG.warn("{} executors have come of {}: some tasks wait for others", last, awaited);
        return wanted.getAsInt();
    }

    /**
     * Names the hosts that have given executors. Spark does not tell a driver where executors have ended that did not
     * get as far as to register; only the cluster's page does.
     */
    private static TandemException missing(SparkContext spark, OptionalInt asked) {
        String waited = spark.getConf().get(WAITING, WAITING_DEFAULT);
        List<String> hosts = hosts(spark);
        return TandemException.argument(
                OPERATION,
                "too few have registered with the driver in " + waited,
                hosts.isEmpty() ? 0 : hosts.size() + " (on " + String.join(", ", hosts) + ")",
                asked.isPresent() ? asked.getAsInt() : "1 or more",
                "The cluster's page shows for application " + spark.applicationId()
                        + " which executors have ended, on which"
                        + " machines, and their logs: one that ends as it begins tells there why, such as a Java that"
                        + " Spark does not run on; "
                        + (hosts.isEmpty()
                                ? "a cluster has none to give if all its cores or memory are taken"
                                : "or set tandem.cluster.workers, so that the result does not depend on their number")
                        + ". To wait longer, set " + WAITING);
    }

    /** The host of each executor that is there, in order. */
    public static List<String> hosts(SparkContext spark) {
        BlockManagerId driver = SparkEnv.get().blockManager().blockManagerId();
        return Arrays.stream(spark.statusTracker().getExecutorInfos())
                .filter(one -> isLocal(spark)
                        || one.port() != driver.port()
                        || !one.host().equals(driver.host()))
                .map(SparkExecutorInfo::host)
                .sorted()
                .toList();
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw TandemException.failure(ErrorCode.INPUT_OUTPUT, OPERATION, "interrupted while waiting", "", e);
        }
    }

    /** How many executors the application has now. */
    public static int count(JavaSparkContext context) {
        int all = context.sc().statusTracker().getExecutorInfos().length;
        return isLocal(context.sc()) ? all : all - 1;
    }

    /** How many the application has asked for, if its settings tell. */
    private static OptionalInt asked(SparkContext context) {
        SparkConf conf = context.getConf();
        Matcher localCluster = LOCAL_CLUSTER.matcher(context.master());
        if (isLocal(context)) {
            return OptionalInt.of(1);
        }
        if (localCluster.matches()) {
            return OptionalInt.of(Integer.parseInt(localCluster.group(1)));
        }
        if (conf.contains(EXECUTOR_COUNT)) {
            return OptionalInt.of(conf.getInt(EXECUTOR_COUNT, 1));
        }
        return conf.contains(MOST_CORES) && conf.contains(EXECUTOR_CORES)
                ? OptionalInt.of(conf.getInt(MOST_CORES, 1) / conf.getInt(EXECUTOR_CORES, 1))
                : OptionalInt.empty();
    }

    /**
     * The cores of each executor. If the settings do not say, as on a standalone cluster where executors take what their
     * workers have, they follow from those executors that are there.
     */
    public static int cores(SparkContext context) {
        Matcher localCluster = LOCAL_CLUSTER.matcher(context.master());
        if (isLocal(context)) {
            return localThreads(context.master());
        }
        if (localCluster.matches()) {
            return Integer.parseInt(localCluster.group(2));
        }
        SparkConf conf = context.getConf();
        if (conf.contains(EXECUTOR_CORES)) {
            return conf.getInt(EXECUTOR_CORES, 1);
        }
        if (!context.master().startsWith("spark:")) {
            return 1; // Spark's default on YARN and Kubernetes
        }
        int executors = Math.max(1, context.statusTracker().getExecutorInfos().length - 1);
        int all = context.defaultParallelism();
        if (conf.contains("spark.default.parallelism") || all % executors != 0) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    OPERATION,
                    "each task takes a whole executor, and how many cores that has is not known",
                    all + " cores on " + executors + " executors",
                    "the same number on each",
                    "Set " + EXECUTOR_CORES + " to the cores of a worker");
        }
        return all / executors;
    }

    /** Whether this process is the only executor. */
    static boolean isLocal(SparkContext context) {
        return LOCAL.matcher(context.master()).matches();
    }

    /** The threads of a master such as {@code local}, {@code local[4]}, {@code local[*]} or {@code local[4, 2]}. */
    static int localThreads(String master) {
        String[] words = master.split("[\\[\\], ]+");
        if (words.length < 2) {
            return 1;
        }
        return words[1].equals("*") ? Runtime.getRuntime().availableProcessors() : Integer.parseInt(words[1]);
    }
}

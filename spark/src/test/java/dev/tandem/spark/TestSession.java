package dev.tandem.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Spark for a test, in this process as the driver. There is one at a time: starting another stops the one before, if
 * its test has not closed it. A session that tests share is not closed by them: it goes on until another starts.
 */
public final class TestSession implements AutoCloseable {
    /** Spark's own logging, for its processes: what the test's classes bring is for the driver. */
    static final String LOGGING = "-Dlog4j2.configurationFile=org/apache/spark/log4j2-defaults.properties";

    /** Executors of a test compute little: a quick start counts, and no compiler that competes with it. */
    public static final List<String> QUICK_START = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private static TestSession current;

    private final SparkSession spark;
    private final boolean isShared;
    private int asked;

    private TestSession(SparkSession spark, boolean isShared) {
        this.spark = spark;
        this.isShared = isShared;
    }

    /** {@code local[threads]}: this process is the only executor. */
    public static TestSession local(int threads) {
        return start("local[" + threads + "]", Map.of(), Map.of());
    }

    /** {@code local-cluster}: the executors are processes, their workers are in this one. */
    public static TestSession localCluster(int executors, int cores) {
        SparkHome.folder();
        TestSession session = start("local-cluster[" + executors + "," + cores + ",1024]", Map.of(), Map.of());
        session.awaitExecutors(executors);
        return session;
    }

    /** On a standalone cluster, with executors as it starts them by {@code settings}; none of them need be there yet. */
    public static TestSession standalone(TestCluster cluster, Map<String, String> settings) {
        return start(cluster.master(), settings, Map.of());
    }

    /**
     * The session that tests share on a standalone cluster, with executors of one core.
     *
     * @param most how many executors there can be
     */
    static synchronized TestSession shared(String master, int most) {
        boolean isThere = current != null
                && current.isShared
                && !current.spark.sparkContext().isStopped()
                && current.spark.sparkContext().master().equals(master);
        if (!isThere) {
            Map<String, String> settings = Map.of(
                    "spark.executor.cores", "1",
                    "spark.cores.max", Integer.toString(most),
                    "spark.task.maxFailures", "20",
                    // A test that has fewer executors than there can be does not wait for others.
                    "spark.scheduler.maxRegisteredResourcesWaitingTime", "1s");
            start(master, settings, Map.of(), true).asked = most;
        }
        return current;
    }

    static TestSession start(String master, Map<String, String> settings, Map<String, String> more) {
        return start(master, settings, more, false);
    }

    private static synchronized TestSession start(
            String master, Map<String, String> settings, Map<String, String> more, boolean isShared) {
        if (current != null) {
            current.spark.stop();
        }
        Map<String, String> all = new LinkedHashMap<>();
        all.put("spark.ui.enabled", "false");
        all.put("spark.driver.host", "127.0.0.1");
        all.put("spark.driver.bindAddress", "127.0.0.1");
        all.put("spark.local.dir", "target/spark-local");
        all.put("spark.sql.warehouse.dir", "target/spark-warehouse");
        all.put("spark.executor.memory", "512m");
        // Sessions have one or the other.
        all.put(
                "spark.serializer",
                "org.apache.spark.serializer." + (master.startsWith("local") ? "KryoSerializer" : "JavaSerializer"));
        all.put("spark.executor.extraClassPath", SparkHome.tandem());
        all.put("spark.executor.extraJavaOptions", String.join(" ", QUICK_START) + " " + LOGGING);
        all.putAll(more);
        all.putAll(settings);
        SparkSession.Builder builder = SparkSession.builder().master(master).appName("test");
        all.forEach(builder::config);
        current = new TestSession(builder.getOrCreate(), isShared);
        return current;
    }

    /** The session. */
    public SparkSession spark() {
        return spark;
    }

    /** Its context, for Java. */
    public JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    /** Waits until so many executors have registered with the driver. */
    public void awaitExecutors(int wanted) {
        TestCluster.await(wanted + " executors", () -> executors() == wanted);
    }

    /** How many executors the driver has now; the driver itself does not count. */
    public int executors() {
        assertThat(spark.sparkContext().isStopped())
                .as("the application is ended, see target/cluster")
                .isFalse();
        return spark.sparkContext().statusTracker().getExecutorInfos().length - 1;
    }

    /** Starts or ends executors, and waits until there are so many. */
    void resize(int wanted) {
        // All that were asked for: one that is still starting could not be ended, and would be there later.
        awaitExecutors(asked);
        SparkContext context = spark.sparkContext();
        if (asked > wanted) {
            List<String> ids = CollectionConverters.asJava(context.getExecutorIds());
            context.killExecutors(CollectionConverters.asScala(ids.subList(wanted, ids.size()))
                    .toSeq());
        }
        context.requestTotalExecutors(wanted, 0, scala.collection.immutable.Map$.MODULE$.<String, Object>empty());
        asked = wanted;
        awaitExecutors(wanted);
    }

    @Override
    public void close() {
        if (!isShared) {
            spark.stop();
        }
    }
}

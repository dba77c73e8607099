package dev.tandem.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A standalone cluster of a test: a real master and real workers as processes on loopback, which start real executors.
 * All ports are free ones. The processes log to {@code target/cluster/NUMBER}; an executor's log is in {@code
 * worker-N/APPLICATION/EXECUTOR/stderr} there. All of it ends with the test's process, however that ends.
 */
public final class TestCluster implements AutoCloseable {
    /** Cores of each worker of {@link #shared}. As everywhere here, they are counted by Spark, not by the machine. */
    public static final int CORES = 4;

    /** Workers of {@link #shared}. */
    public static final int WORKERS = 3;

    private static final Path LOGS = Path.of("target", "cluster").toAbsolutePath();
    private static final Pattern MASTER = Pattern.compile("spark://127\\.0\\.0\\.1:\\d+");
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static TestCluster shared;

    private final Path logs;
    private final Process master;
    private final String address;
    private final List<Process> workers = new ArrayList<>();

    private TestCluster() {
        try {
            logs = LOGS.resolve(Integer.toString(NUMBER.incrementAndGet()));
            SparkHome.delete(logs);
            Files.createDirectories(logs);
            master = start("master", Map.of(), "org.apache.spark.deploy.master.Master", List.of());
            address = logged("master", MASTER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The cluster that tests share, as it takes seconds to start one: {@link #WORKERS} workers of {@link #CORES} cores.
     * Executors of it may be killed, workers may not.
     */
    public static synchronized TestCluster shared() {
        if (shared == null) {
            shared = start(WORKERS, CORES);
        }
        return shared;
    }

    /** A cluster of a test's own. */
    public static TestCluster start(int workers, int cores) {
        return start(Collections.nCopies(workers, Map.of()), cores);
    }

    /**
     * A cluster of a test's own.
     *
     * @param environments variables of the environment for each worker and its executors, besides this process's own
     */
    public static TestCluster start(List<Map<String, String>> environments, int cores) {
        TestCluster cluster = new TestCluster();
        environments.forEach(environment -> cluster.addWorker(environment, cores));
        return cluster;
    }

    /** Starts another worker, with more variables in its environment. It is part of the cluster when this returns. */
    public void addWorker(Map<String, String> environment, int cores) {
        try {
            String name = "worker-" + (workers.size() + 1);
            List<String> arguments = List.of(
                    "--cores",
                    Integer.toString(cores),
                    "--memory",
                    "16g",
                    "--work-dir",
                    logs.resolve(name).toString(),
                    address);
            workers.add(start(name, environment, "org.apache.spark.deploy.worker.Worker", arguments));
            logged(name, Pattern.compile("Successfully registered with master"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process start(String name, Map<String, String> environment, String main, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Dspark.master.rest.enabled=false",
                TestSession.LOGGING));
        command.addAll(TestSession.QUICK_START);
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
        command.addAll(List.of(
                "-cp",
                SparkHome.tandem() + File.pathSeparator + SparkHome.folder().resolve("jars/*"),
                ClusterProcess.class.getName(),
                main,
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--webui-port",
                "0"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log(name).toFile());
        builder.environment().put("SPARK_HOME", SparkHome.folder().toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().putAll(environment);
        return builder.start();
    }

    private Path log(String name) {
        return logs.resolve(name + ".log");
    }

    /** What {@code pattern} finds in a log, as soon as it is there. */
    private String logged(String name, Pattern pattern) throws IOException {
        String[] found = {""};
        await("a line with " + pattern + " in " + log(name), () -> {
            try {
                Matcher matcher = pattern.matcher(Files.readString(log(name)));
                found[0] = matcher.find() ? matcher.group() : "";
                return !found[0].isEmpty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return found[0];
    }

    /** Waits until {@code condition} holds; two minutes, as the machine may be busy. */
    public static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time for %s", what).isLessThan(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Its address, {@code spark://HOST:PORT}, for a session of another kind than {@link #session} makes. */
    public String master() {
        return address;
    }

    /** The folder of its logs. */
    public Path logs() {
        return logs;
    }

    /**
     * The session that tests share, with executors of one core. They go on from test to test, as starting one takes
     * seconds: the tests that use them come one after the other, in the order of their classes.
     *
     * @param executors how many
     */
    public TestSession executors(int executors) {
        TestSession session = TestSession.shared(address, WORKERS);
        session.resize(executors);
        return session;
    }

    /** As {@link #session(int, int, Map)}, with no other settings. */
    public TestSession session(int executors, int cores) {
        return session(executors, cores, Map.of());
    }

    /**
     * A session of this cluster, whose executors are there. There is one session in a process: an earlier one of any
     * kind is stopped.
     *
     * @param executors how many, one a worker as far as there are workers
     * @param cores of each
     * @param settings of Spark, instead of those of {@link TestSession}
     */
    public TestSession session(int executors, int cores, Map<String, String> settings) {
        TestSession session = TestSession.start(
                address,
                settings,
                Map.of(
                        "spark.executor.cores",
                        Integer.toString(cores),
                        "spark.cores.max",
                        Integer.toString(executors * cores)));
        session.awaitExecutors(executors);
        return session;
    }

    /** The executors that run now, as processes. */
    public List<ProcessHandle> executors() {
        return workers.stream().flatMap(worker -> worker.toHandle().children()).toList();
    }

    /** The executors that run now on worker {@code index}. */
    public List<ProcessHandle> executorsOf(int index) {
        return workers.get(index).toHandle().children().toList();
    }

    /** Kills an executor (SIGKILL) and waits until it is gone. The master starts another one in its place. */
    public static void kill(ProcessHandle executor) {
        assertThat(executor.destroyForcibly()).isTrue();
        executor.onExit().join();
    }

    /** Kills worker {@code index} with all its executors, as if its machine were lost. */
    public void killWorker(int index) {
        List<ProcessHandle> executors = executorsOf(index);
        kill(workers.get(index).toHandle());
        executors.forEach(TestCluster::kill);
    }

    /** Kills what is left of it. */
    @Override
    public void close() {
        List<Process> all = new ArrayList<>(workers);
        all.add(master);
        for (Process process : all) {
            List<ProcessHandle> executors = process.toHandle().children().toList();
            process.destroyForcibly();
            executors.forEach(ProcessHandle::destroyForcibly);
            process.onExit().join();
        }
    }
}

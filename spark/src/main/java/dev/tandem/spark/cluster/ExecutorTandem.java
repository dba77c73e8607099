package dev.tandem.spark.cluster;

import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the process of an executor keeps from task to task, as it is expensive to make: a {@link Tandem} with its open
 * backend, and one thing made with it, such as a placed model. Nothing of a result may be only here: an executor can be
 * lost at any time.
 *
 * <p>Tasks with the same configuration share it. If a task comes with another configuration, what no task uses then is
 * closed, so that an executor does not fill up with the models of earlier runs.
 */
public final class ExecutorTandem {
    private static final Logger LOG = LoggerFactory.getLogger(ExecutorTandem.class);
    private static final String CUDA = "cuda";

    /** Guarded by this class. */
    private static final Map<Key, ExecutorTandem> OPEN = new HashMap<>();

    /** What decides over a configuration: its text, and what a task has of the executor. */
    private record Key(String configuration, int threads, List<String> gpus) {}

    private final Tandem tandem;
    private final ReentrantLock turns = new ReentrantLock(true);
    private int tasks;
    private String id = "";
    private @Nullable AutoCloseable kept;

    private ExecutorTandem(Tandem tandem) {
        this.tandem = tandem;
    }

    /**
     * Tandem for the running task, until it ends. Tasks of one executor use it at the same time.
     *
     * <p>Compute threads are as many as the task has cores, unless {@code tandem.cpu.threads} is written. Devices of
     * backend {@code cuda} are the GPUs that Spark gives the task, unless {@code tandem.placement.devices} is written.
     *
     * @param configuration as {@link TandemConfig#render} gives it
     * @throws TandemException if it is wrong here, as when a backend is missing
     */
    public static Tandem of(String configuration) {
        return shared(configuration).tandem;
    }

    /**
     * What is kept with Tandem for the running task, which has it alone until it ends: another task of this executor
     * waits.
     *
     * @param configuration as {@link TandemConfig#render} gives it
     * @param id of the thing. One of another name takes the place of what was kept with this configuration
     * @param make makes it if it is not here yet
     * @throws TandemException as {@link #of} does, and what {@code make} throws
     */
    public static <T extends AutoCloseable> T alone(
            String configuration, String id, Class<T> type, Function<Tandem, T> make) {
        return shared(configuration).takeTurn().kept(id, type, make);
    }

    private static ExecutorTandem shared(String configuration) {
        TaskContext task = TaskContext.get();
        Key key = new Key(configuration, threads(task), gpus(task));
        synchronized (ExecutorTandem.class) {
            ExecutorTandem found = OPEN.get(key);
            if (found == null) {
                TandemConfig config = config(key);
                closeUnused();
                found = new ExecutorTandem(Tandem.configure(config));
                OPEN.put(key, found);
            }
            found.tasks++;
            ExecutorTandem used = found;
            task.addTaskCompletionListener((TaskCompletionListener) ended -> used.release());
            return found;
        }
    }

    private void release() {
        synchronized (ExecutorTandem.class) {
            tasks--;
        }
    }

    private static void closeUnused() {
        OPEN.values().removeIf(one -> {
            boolean isUnused = one.tasks == 0;
            if (isUnused) {
                one.close();
            }
            return isUnused;
        });
    }

    private void close() {
        closeKept();
        try {
            tandem.close();
        } catch (RuntimeException e) {
            LOG.warn("A backend of an earlier configuration does not close", e);
        }
    }

    private void closeKept() {
        AutoCloseable closing = kept;
        kept = null;
        if (closing != null) {
            try {
                closing.close();
            } catch (Exception e) {
                LOG.warn("{} of {} does not close", closing.getClass().getSimpleName(), id, e);
            }
        }
    }

    /** A killed task stops waiting. */
    private ExecutorTandem takeTurn() {
        try {
            turns.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw TandemException.failure(ErrorCode.INPUT_OUTPUT, "executor", "interrupted while it waited", "", e);
        }
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) ended -> turns.unlock());
        return this;
    }

    private <T extends AutoCloseable> T kept(String wanted, Class<T> type, Function<Tandem, T> make) {
        if (kept == null || !id.equals(wanted)) {
            closeKept();
            kept = make.apply(tandem);
            id = wanted;
        }
        return type.cast(kept);
    }

    private static TandemConfig config(Key key) {
        TandemConfig written = new ConfigSources().addRun(key.configuration()).load();
        Map<String, Object> decided = new LinkedHashMap<>();
        if (written.backendOptions().getOrDefault("cpu", Map.of()).getOrDefault("threads", 1L) == 0) {
            decided.put("tandem.cpu.threads", key.threads());
        }
        List<String> gpus = key.gpus();
        boolean areChosen = !written.backend().equals(Optional.of(CUDA))
                || !written.placement().devices().isEmpty();
        if (!gpus.isEmpty() && !areChosen) {
            decided.put("tandem.placement.devices", written.placement().isSingle() ? gpus.subList(0, 1) : gpus);
        }
        return new ConfigSources()
                .add("executor", decided)
                .addRun(key.configuration())
                .load();
    }

    private static int threads(TaskContext task) {
        String master = SparkEnv.get().conf().get("spark.master", "");
        return master.startsWith("local[") || master.equals("local")
                ? WholeExecutors.localThreads(master)
                : task.cpus();
    }

    private static List<String> gpus(TaskContext task) {
        ResourceInformation gpus = task.resourcesJMap().get("gpu");
        List<String> names = new ArrayList<>();
        if (gpus != null) {
            Arrays.stream(gpus.addresses()).map(address -> CUDA + ":" + address).forEach(names::add);
        }
        return names;
    }
}

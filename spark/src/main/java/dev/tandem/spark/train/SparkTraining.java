package dev.tandem.spark.train;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.Continuation;
import dev.tandem.run.ImportedRun;
import dev.tandem.run.NewRunFolder;
import dev.tandem.run.PlannedRun;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainingRun;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spark.cluster.WholeExecutors;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Function;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run whose steps executors compute. Its folder, with log, checkpoints and pictures, is on the driver, and is the same
 * as that of a run on one machine.
 */
public final class SparkTraining implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SparkTraining.class);

    private final TrainingRun run;
    private final ClusterPlacement placement;
    private final Deque<Runnable> toClose;

    private SparkTraining(TrainingRun run, ClusterPlacement placement, Deque<Runnable> toClose) {
        this.run = run;
        this.placement = placement;
        this.toClose = toClose;
    }

    /**
     * A new run on packed images.
     *
     * @param config its settings; workers that it does not set are as many as there are executors
     * @param folder where it is kept, on the driver; it may be there, but holds no run
     * @param listener is called for each event of the run, after everything is written
     * @throws TandemException if anything is wrong with the folder, the settings, the images or the executors
     */
    public static SparkTraining begin(
            JavaSparkContext context, TandemConfig config, Path folder, TrainingListener listener) {
        NewRunFolder.requireFree(folder);
        return owning(toClose -> {
            int workers = WholeExecutors.await(context, config.cluster().workers());
            TandemConfig decided = config.cluster().workers().isPresent()
                    ? config
                    : config.withWorkers(workers, "the executors there were");
            PlannedRun plan = PlannedRun.of(decided, ScanProgress.silent());
            toClose.push(plan::close);
            plan.smallerBatch().ifPresent(LOG::info);
            plan.takenWeights().forEach(LOG::info);
            ClusterPlacement placement = placement(context, plan);
            TrainingRun begun = TrainingRun.begin(
                    plan,
                    () -> {
                        RunFolder made = NewRunFolder.create(folder);
                        toClose.push(NewRunFolder.occupy(made, plan)::close);
                        return made;
                    },
                    placement,
                    listener);
            return new SparkTraining(begun, placement, toClose);
        });
    }

    /**
     * The run in {@code folder}, from its newest readable checkpoint. It has as many workers as when it was begun; the
     * executors may be others.
     *
     * @param changed takes the run's settings to those to go on with; epochs and learning rate may be others
     * @param listener is called for each event of the run, after everything is written
     * @throws TandemException if the run cannot be read, or settings that decide over its weights are others
     */
    public static SparkTraining resume(
            JavaSparkContext context,
            Path folder,
            Function<TandemConfig, TandemConfig> changed,
            TrainingListener listener) {
        RunFolder earlier = RunFolder.existing(folder);
        ImportedRun.requireTraining(earlier);
        return owning(toClose -> {
            toClose.push(earlier.lock()::close);
            TandemConfig before = earlier.configuration();
            requireCluster(earlier, before);
            TandemConfig config = changed.apply(before);
            Continuation changes = Continuation.of(before, config, true);
            WholeExecutors.await(context, config.cluster().workers());
            PlannedRun plan = PlannedRun.resumed(earlier, config, ScanProgress.silent());
            toClose.push(plan::close);
            ClusterPlacement placement = placement(context, plan);
            TrainingRun resumed = TrainingRun.resume(plan, earlier, placement, changes, listener);
            return new SparkTraining(resumed, placement, toClose);
        });
    }

    private static void requireCluster(RunFolder run, TandemConfig config) {
        if (config.cluster().workers().isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "resume " + run.path() + " on Spark",
                    "the run was begun on one machine",
                    "a run without tandem.cluster.workers",
                    "one that was begun on Spark",
                    "Resume it with ./tandem train --resume, or begin a new run with its weights: set tandem.train.from");
        }
    }

    private static ClusterPlacement placement(JavaSparkContext context, PlannedRun plan) {
        TandemConfig config = plan.config();
        return new ClusterPlacement(
                context,
                plan,
                config.cluster().workers().orElseThrow(),
                config.cluster().localSteps());
    }

    private static SparkTraining owning(Function<Deque<Runnable>, SparkTraining> made) {
        Deque<Runnable> toClose = new ArrayDeque<>();
        try {
            return made.apply(toClose);
        } catch (RuntimeException | Error e) {
            toClose.forEach(Runnable::run);
            throw e;
        }
    }

    /** Trains to the end and draws the pictures, or until asked to stop. */
    public TrainingState train() {
        return run.train();
    }

    /** Asks the run to stop after the round under way; may be called from any thread. */
    public void requestStop() {
        run.requestStop();
    }

    /** Whether {@code end}, from {@link #train}, is the run's end. */
    public boolean isFinished(TrainingState end) {
        return run.isFinished(end);
    }

    /** Why the run has ended before its last epoch, if it has. */
    public Optional<String> finishReason() {
        return run.finishReason();
    }

    /** What the exchange of a round took in the last epoch, and what is predicted for it; empty before its end. */
    public Optional<RoundExchange> lastExchange() {
        return placement.lastExchange();
    }

    /** Where it is kept. */
    public RunFolder folder() {
        return run.folder();
    }

    /** Where the run starts from. */
    public TrainingState start() {
        return run.start();
    }

    @Override
    public void close() {
        try {
            run.close();
        } finally {
            toClose.forEach(Runnable::run);
        }
    }
}

package dev.tandem.spark;

import com.typesafe.config.ConfigValueFactory;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.shard.Manifest;
import dev.tandem.imagenet.shard.PackOptions;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.placement.Forecast;
import dev.tandem.run.RunFolder;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spark.cluster.ExecutorReport;
import dev.tandem.spark.cluster.Preflight;
import dev.tandem.spark.cluster.WholeExecutors;
import dev.tandem.spark.files.HadoopSettings;
import dev.tandem.spark.inference.ShardRows;
import dev.tandem.spark.inference.SparkClassifier;
import dev.tandem.spark.inference.SparkEvaluation;
import dev.tandem.spark.pack.SparkPacker;
import dev.tandem.spark.train.SparkTraining;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Tandem on the machines of a Spark session, with settings; the keys are those of {@code reference.conf}:
 *
 * <pre>{@code
 * SparkTandem tandem = SparkTandem.on(spark)
 *         .with("tandem.recipe", "paper")
 *         .with("tandem.data", "hdfs://namenode/imagenet-shards");
 * tandem.check();
 * }</pre>
 *
 * <p>It cannot be changed: what sets something returns another one. The backend is {@code cuda} where executors have
 * GPUs by {@code spark.executor.resource.gpu.amount}, and {@code cpu} elsewhere, unless {@code tandem.backend} is set.
 */
public final class SparkTandem {
    /** Where values are from that were not set. */
    private static final Pattern WEAKER = Pattern.compile("default|recipe .*");

    private static final String GPUS = "spark.executor.resource.gpu.amount";

    private final SparkSession spark;
    private final List<Consumer<ConfigSources>> settings;

    private SparkTandem(SparkSession spark, List<Consumer<ConfigSources>> settings) {
        this.spark = spark;
        this.settings = settings;
    }

    /** On a session, with nothing set. */
    public static SparkTandem on(SparkSession spark) {
        // From now on, locations of Hadoop's file systems are opened with this session's settings.
        HadoopSettings.of(spark.sparkContext()).use();
        return new SparkTandem(spark, List.of());
    }

    /** With a setting, which is stronger than those set before. */
    public SparkTandem with(String key, Object value) {
        return with(Map.of(key, value));
    }

    /** With settings, which are stronger than those set before. */
    public SparkTandem with(Map<String, ?> values) {
        return with(sources -> sources.add("program", values));
    }

    /** With settings as HOCON text, which are stronger than those set before. */
    public SparkTandem configure(String hocon) {
        return with(sources -> sources.addText(hocon));
    }

    /** With settings of a HOCON file on the driver, which are stronger than those set before. */
    public SparkTandem configure(Path file) {
        return with(sources -> sources.addFile(file));
    }

    private SparkTandem with(Consumer<ConfigSources> stronger) {
        List<Consumer<ConfigSources>> all = new ArrayList<>(List.of(stronger));
        all.addAll(settings);
        return new SparkTandem(spark, List.copyOf(all));
    }

    /**
     * The configuration that follows.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for a setting that is unknown, of another type
     *     or out of range
     */
    public TandemConfig config() {
        ConfigSources sources = new ConfigSources();
        settings.forEach(setting -> setting.accept(sources));
        boolean hasGpus = spark.sparkContext().getConf().contains(GPUS);
        return sources.defaults(Map.of("tandem.backend", hasGpus ? "cuda" : "cpu"))
                .load();
    }

    /**
     * Looks at each executor: whether it has the driver's Java and version of Tandem, loads its native libraries, computes
     * rightly, and has the memory for its part of a step, if a recipe is configured. Waits for executors as {@link
     * WholeExecutors#await} does.
     *
     * @return what each is, by host
     * @throws TandemException ({@link ErrorCode#BACKEND_UNAVAILABLE}) if some cannot compute: names each host, what is
     *     wrong there and what to do
     */
    public List<ExecutorReport> check() {
        JavaSparkContext context = context();
        TandemConfig config = config();
        int workers = WholeExecutors.await(context, config.cluster().workers());
        List<ExecutorReport> reports = Preflight.reports(context, config.render());
        Preflight.requireReady(reports, tensorBytes(config, workers));
        return reports;
    }

    /**
     * Packs a folder of any layout into shards, by all executors: the same bytes as one machine writes, whatever the
     * executors are. A packing that was ended goes on when it is called again.
     *
     * @param source archives, class folders or tars, as a location that all machines see, such as {@code hdfs://host/x}
     * @param target the folder for the shards, as such a location
     * @param options what packed images look like. Their orientation, and what is validated on, are settings: {@code
     *     tandem.images}
     * @throws TandemException if an executor does not see the source or the target, or the target holds something else
     */
    public Manifest pack(String source, String target, PackOptions options) {
        return pack(source, target, options, ScanProgress.silent());
    }

    /** As {@link #pack(String, String, PackOptions)}; {@code progress} receives the images of finished shards. */
    public Manifest pack(String source, String target, PackOptions options, ScanProgress progress) {
        SparkPacker packer = new SparkPacker(context());
        return packer.pack(config(), Locations.path(source), Locations.path(target), options, progress);
    }

    /**
     * Trains the recipe of {@code tandem.recipe} on the shards of {@code tandem.data} to its end.
     *
     * @param folder where the run is kept, on the driver: a new or empty folder
     * @throws TandemException as {@link #begin} does, and for whatever goes wrong while it trains; the run can be {@linkplain
     *     #resume resumed} then
     */
    public RunFolder train(Path folder) {
        try (SparkTraining training = begin(folder, (epoch, state, model) -> {})) {
            training.train();
            return training.folder();
        }
    }

    /**
     * A new run, which is trained by {@link SparkTraining#train}: in rounds of {@code tandem.cluster.local-steps} updates by
     * {@code tandem.cluster.workers} workers.
     *
     * @param folder where it is kept, on the driver: a new or empty folder
     * @param listener is called for each event of the run, after everything is written
     * @throws TandemException if anything is wrong with the folder, the settings, the images or the executors
     */
    public SparkTraining begin(Path folder, TrainingListener listener) {
        return SparkTraining.begin(context(), config(), folder, listener);
    }

    /**
     * The run in {@code folder}, from its newest readable checkpoint, to be trained on. What is set here is stronger than
     * the run's own settings; epochs and learning rate may be others.
     *
     * @param listener is called for each event of the run, after everything is written
     * @throws TandemException if the run cannot be read, was begun on one machine, or settings that decide over its weights
     *     are others
     */
    public SparkTraining resume(Path folder, TrainingListener listener) {
        RunFolder run = RunFolder.existing(folder);
        ConfigSources sources = new ConfigSources();
        settings.forEach(setting -> setting.accept(sources));
        return SparkTraining.resume(
                context(), run.path(), before -> run.addTo(sources).load(), listener);
    }

    private JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    /** As {@link #classifier(String, String)}, of a run's best checkpoint, or the last where none was validated. */
    public SparkClassifier classifier(String model) {
        return classifier(model, null);
    }

    /**
     * A trained model that executors apply to the images of DataFrames. Settings that are made here are stronger than the
     * model's own.
     *
     * @param model the folder of a run, a checkpoint, or another file of a model that {@code ./tandem} opens, on any file
     *     system
     * @param checkpoint of a run: {@code last}, {@code best}, or a file; null is the best, or the last where none was
     *     validated
     * @throws TandemException as {@link SparkClassifier#open} does
     */
    public SparkClassifier classifier(String model, @Nullable String checkpoint) {
        return SparkClassifier.open(spark, model, checkpoint, written());
    }

    /** As {@link #evaluate(String, String, int, boolean, ScanProgress)}: the best checkpoint on the centres of images. */
    public SparkEvaluation evaluate(String run) {
        return evaluate(run, null, 1, false, ScanProgress.silent());
    }

    /**
     * The errors of a run's model on the images to validate on, of {@code tandem.data} or else of the run.
     *
     * @param run the folder of the run
     * @param checkpoint {@code last}, {@code best}, or a file; null is the best, or the last where none was validated
     * @param views crops of an image, over which the predictions are averaged: 1, 9 or 10
     * @param test whether the images to test on are wanted, instead of those to validate on
     * @param progress is told how far it is
     * @throws TandemException as {@link SparkEvaluation#of} does
     */
    public SparkEvaluation evaluate(
            String run, @Nullable String checkpoint, int views, boolean test, ScanProgress progress) {
        return SparkEvaluation.of(
                spark,
                run,
                checkpoint,
                written(),
                Views.of("views", Integer.toString(views)),
                test,
                progress,
                progress);
    }

    /**
     * The images of a folder of packed shards as {@link ShardRows#of} has them: {@code key}, {@code label}, {@code class},
     * {@code split}, {@code content}, a partition a shard.
     *
     * @throws TandemException as {@link ShardRows#of} does
     */
    public Dataset<Row> shards(String folder) {
        return ShardRows.of(spark, folder);
    }

    /** What was set here, as HOCON that travels. */
    private String written() {
        return config().settings().stream()
                .filter(setting -> setting.value() != null
                        && !WEAKER.matcher(setting.origin()).matches())
                .map(setting -> setting.key() + " = "
                        + ConfigValueFactory.fromAnyRef(setting.value()).render())
                .collect(Collectors.joining("\n"));
    }

    /** What a worker's part of a step takes of a machine's memory; nothing if that is not known. */
    private static long tensorBytes(TandemConfig config, int workers) {
        if (config.recipe().isEmpty() || !config.backend().orElseThrow().equals("cpu")) {
            return 0;
        }
        ConfiguredRecipe configured = new ConfiguredRecipe(config);
        Recipe recipe = configured.forClasses(configured.usualClasses());
        int rows = (recipe.batch() + workers - 1) / workers;
        return Forecast.of(
                        recipe.network(),
                        recipe.inputs(rows),
                        recipe.training(),
                        config.placement().rules(),
                        1)
                .bytes();
    }
}

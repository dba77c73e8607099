package dev.tandem.run;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.checkpoint.TakenWeights;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.TandemConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a run trains, fixed before it begins: the recipe, the photographs, the settings as they are in force, and the
 * weights that it begins with.
 */
public final class PlannedRun implements AutoCloseable {
    private final TandemConfig config;
    private final ConfiguredRecipe configured;
    private final ImageFolder images;
    private final Recipe recipe;
    private final @Nullable SourceModel source;

    private PlannedRun(
            TandemConfig config,
            ConfiguredRecipe configured,
            ImageFolder images,
            Recipe recipe,
            @Nullable SourceModel source) {
        this.config = config;
        this.configured = configured;
        this.images = images;
        this.recipe = recipe;
        this.source = source;
    }

    /**
     * A new run: opens the photographs of {@code config}, makes its recipe for their classes, and opens the weights that
     * the run begins with.
     *
     * @param progress of the first look at the photographs
     */
    public static PlannedRun of(TandemConfig config, ScanProgress progress) {
        SourceModel source = from(config).map(SourceModel::open).orElse(null);
        try {
            ConfiguredRecipe configured = new ConfiguredRecipe(config);
            Optional<TrainingStatistics> statistics =
                    Optional.ofNullable(source).map(model -> model.statistics(configured.preprocessing()));
            return of(config, configured, source, statistics, false, progress);
        } catch (RuntimeException | Error e) {
            close(source);
            throw e;
        }
    }

    /**
     * The run in {@code folder} to go on, which may have been begun with nothing to validate on. It needs the weights
     * that it was begun with only if it has no checkpoint yet.
     *
     * @param progress of the first look at the photographs
     */
    public static PlannedRun resumed(RunFolder folder, TandemConfig config, ScanProgress progress) {
        Optional<TrainingStatistics> statistics =
                from(config).map(path -> TrainingStatistics.read(folder.statistics()));
        return of(config, new ConfiguredRecipe(config), null, statistics, true, progress);
    }

    private static PlannedRun of(
            TandemConfig config,
            ConfiguredRecipe configured,
            @Nullable SourceModel source,
            Optional<TrainingStatistics> statistics,
            boolean resumed,
            ScanProgress progress) {
        ImageFolder images = new Photographs(config).open(configured.preprocessing(), statistics, resumed, progress);
        try {
            Recipe whole = configured.forClasses(images.classNames().size());
            Recipe recipe = whole.withBatchWithin(images.trainingSize());
            TandemConfig used = config;
            if (recipe.batch() < whole.batch()) {
                used = config.withBatch(recipe.batch(), "all training images");
            }
            PlannedRun plan = new PlannedRun(decided(used, images), configured, images, recipe, source);
            if (source != null) {
                source.takenBy(recipe, images.classNames()); // refused before anything is written
            }
            return plan;
        } catch (RuntimeException | Error e) {
            images.close();
            throw e;
        }
    }

    private static Optional<Path> from(TandemConfig config) {
        return config.train().transfer().from();
    }

    /** The configuration with what the data decided, so that all that is done with the run is done alike. */
    private static TandemConfig decided(TandemConfig config, ImageFolder images) {
        Setting orientation = config.setting("tandem.images.orientation");
        String value = images.imageOptions().orientation().orElseThrow().toString();
        TandemConfig decided = orientation.value() == null
                ? config.with(new Setting(orientation.key(), value, "by the data"))
                : config;
        Setting split = config.setting("tandem.images.split");
        return split.value() == null && images.share().isPresent()
                ? decided.with(
                        new Setting(split.key(), images.share().getAsDouble(), "as there is neither train nor val"))
                : decided;
    }

    /** The settings in force, with what the data decided. */
    public TandemConfig config() {
        return config;
    }

    /** The recipe that was configured. */
    ConfiguredRecipe configured() {
        return configured;
    }

    /** The photographs. */
    public ImageFolder images() {
        return images;
    }

    /** The recipe for the photographs' classes. */
    public Recipe recipe() {
        return recipe;
    }

    /** A line on batches that are smaller than configured, as there are fewer training images; empty if they are not. */
    public Optional<String> smallerBatch() {
        int asked = configured.forClasses(recipe.classes()).batch();
        return recipe.batch() == asked
                ? Optional.empty()
                : Optional.of("Batch: " + recipe.batch() + ", all training images, which are fewer than " + asked);
    }

    /**
     * What a new run takes of the weights that it begins with, layer by layer, and how it is trained on, a line each,
     * with what may be done if there are few photographs; none if it begins at random.
     */
    public List<String> takenWeights() {
        if (source == null) {
            return List.of();
        }
        TakenWeights taken = source.takenBy(recipe, images.classNames());
        List<String> lines = new ArrayList<>(source.lines(taken, recipe));
        SourceModel.fewImages(taken, images.trainingSize(), recipe.classes()).ifPresent(lines::add);
        return lines;
    }

    /** Sets the parameters of {@code model} to those that the run begins with; the events are of what was done. */
    List<RunEvent> initialize(PlacedModel model) {
        long seed = config.train().seed();
        if (from(config).isEmpty()) {
            model.initialize(seed);
            return List.of();
        }
        SourceModel opened =
                source != null ? source : SourceModel.open(from(config).get());
        try {
            TakenWeights taken = opened.takenBy(recipe, images.classNames());
            taken.writeTo(model, seed);
            return List.of(new RunEvent(
                    0,
                    "weights",
                    "initial values",
                    opened.file().toAbsolutePath().toString()));
        } finally {
            if (opened != source) {
                opened.close();
            }
        }
    }

    /** Writes into {@code folder} what a run is described by. */
    void describe(RunFolder folder) {
        folder.describe(config.render(), images.classNames(), images.statistics(), images.badFiles());
    }

    @Override
    public void close() {
        images.close();
        close(source);
    }

    private static void close(@Nullable SourceModel source) {
        if (source != null) {
            source.close();
        }
    }
}

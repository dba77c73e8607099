package dev.tandem.run;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.Setting;
import dev.tandem.runtime.config.TandemConfig;
import java.util.Optional;

/** What a run trains, fixed before it begins: the recipe, the photographs, the settings as they are in force. */
public final class PlannedRun implements AutoCloseable {
    private final TandemConfig config;
    private final ConfiguredRecipe configured;
    private final ImageFolder images;
    private final Recipe recipe;

    private PlannedRun(TandemConfig config, ConfiguredRecipe configured, ImageFolder images, Recipe recipe) {
        this.config = config;
        this.configured = configured;
        this.images = images;
        this.recipe = recipe;
    }

    /**
     * Opens the photographs of {@code config} and makes its recipe for their classes.
     *
     * @param resumed whether a run goes on, which may have been begun with nothing to validate on
     * @param progress of the first look at the photographs
     */
    public static PlannedRun of(TandemConfig config, boolean resumed, ScanProgress progress) {
        ConfiguredRecipe configured = new ConfiguredRecipe(config);
        ImageFolder images = new Photographs(config).open(configured.preprocessing(), resumed, progress);
        try {
            Recipe whole = configured.forClasses(images.classNames().size());
            Recipe recipe = whole.withBatchWithin(images.trainingSize());
            TandemConfig used = config;
            if (recipe.batch() < whole.batch()) {
                used = config.withBatch(recipe.batch(), "all training images");
            }
            return new PlannedRun(decided(used, images), configured, images, recipe);
        } catch (RuntimeException | Error e) {
            images.close();
            throw e;
        }
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

    /** Writes into {@code folder} what a run is described by. */
    void describe(RunFolder folder) {
        folder.describe(config.render(), images.classNames(), images.statistics(), images.badFiles());
    }

    @Override
    public void close() {
        images.close();
    }
}

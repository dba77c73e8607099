package dev.tandem.runtime.config;

import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where settings come from; what is added first is the stronger. The documented defaults come last by themselves. */
public final class ConfigSources {
    private final List<SettingsLayer> written = new ArrayList<>();
    private final List<SettingsLayer> ofRuns = new ArrayList<>();
    private final List<SettingsLayer> defaults = new ArrayList<>();

    /** Adds settings by full name, all written at {@code origin}; lists may be one string with commas. */
    public ConfigSources add(String origin, Map<String, ?> settings) {
        written.add(SettingsLayer.of(origin, settings));
        return this;
    }

    /**
     * Adds a HOCON file of plain values: includes and substitutions are refused.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) when it cannot be read
     */
    public ConfigSources addFile(Path file) {
        written.add(SettingsLayer.file(file));
        return this;
    }

    /**
     * Adds the configuration that a run has written. Settings of backends, and of recipes other than the run's, that
     * are not on the class path are left out, and logged: a run may be used where another backend computes.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) when it cannot be read
     */
    public ConfigSources addRun(Path file) {
        return addRun(SettingsLayer.run(file));
    }

    /**
     * As {@link #addRun(Path)}, of text that {@link TandemConfig#render} gave, perhaps in another process.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) when it is no configuration
     */
    public ConfigSources addRun(String rendered) {
        return addRun(SettingsLayer.run("the run's configuration", rendered));
    }

    private ConfigSources addRun(SettingsLayer layer) {
        written.add(layer);
        ofRuns.add(layer);
        return this;
    }

    /**
     * Adds HOCON text.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) when it is none
     */
    public ConfigSources addText(String hocon) {
        written.add(SettingsLayer.text(hocon));
        return this;
    }

    /** Values that hold unless others are written or the recipe has its own. */
    public ConfigSources defaults(Map<String, ?> values) {
        defaults.add(SettingsLayer.of("default", values));
        return this;
    }

    /**
     * The configuration that follows.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) for a setting that is unknown,
     *     of another type or out of range, naming it and where it was written
     */
    public TandemConfig load() {
        List<SettingsLayer> layers = new ArrayList<>(written);
        layers.addAll(defaults);
        layers.add(SettingsLayer.reference());
        List<RecipeProvider> recipes = RecipeProvider.all();
        sourceSettings(TandemConfig.read(new Settings(layers), recipes))
                .ifPresent(source -> layers.add(written.size(), source));
        TandemConfig withoutRecipe = TandemConfig.read(new Settings(layers), recipes);
        withoutRecipe.recipe().ifPresent(name -> {
            requireKnown(withoutRecipe.setting(TandemConfig.RECIPE), recipes);
            layers.add(
                    layers.size() - defaults.size() - 1,
                    SettingsLayer.of("recipe " + name, ConfiguredRecipe.values(withoutRecipe)));
        });
        Settings settings = new Settings(layers);
        TandemConfig config = TandemConfig.read(settings, recipes);
        settings.requireNothingUnknown(written, ofRuns);
        return config;
    }

    /** What comes with the weights that a new run begins with. A run that was begun has written all that it took. */
    private Optional<SettingsLayer> sourceSettings(TandemConfig config) {
        Optional<Path> from = config.train().transfer().from();
        boolean isWritten = written.stream().anyMatch(layer -> layer.settings().containsKey(TandemConfig.RECIPE));
        return ofRuns.isEmpty()
                ? from.map(path -> SourceSettings.of(path, isWritten ? config.recipe() : Optional.empty()))
                : Optional.empty();
    }

    private void requireKnown(Setting recipe, List<RecipeProvider> recipes) {
        List<String> names = recipes.stream().map(RecipeProvider::name).toList();
        if (!names.contains(recipe.value())) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    recipe.key(),
                    "unknown name",
                    recipe.value() + " (" + recipe.origin() + ")",
                    "one of " + names,
                    ofRuns.stream()
                            .flatMap(run -> run.recipeJar().stream())
                            .findFirst()
                            .map(jar -> "Add " + jar + ", in which the recipe was, to the class path")
                            .orElse("If the recipe is in a jar of its own, add that to the class path"));
        }
    }
}

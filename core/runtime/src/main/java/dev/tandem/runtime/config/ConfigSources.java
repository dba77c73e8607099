package dev.tandem.runtime.config;

import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Where settings come from; what is added first is the stronger. The documented defaults come last by themselves. */
public final class ConfigSources {
    private final List<SettingsLayer> written = new ArrayList<>();
    private final List<SettingsLayer> ofRuns = new ArrayList<>();
    private final List<SettingsLayer> defaults = new ArrayList<>();
    private Function<String, Map<String, ?>> recipes = name -> Map.of();

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
     * Adds the configuration that a run has written. Settings of backends that are not on the class path are left
     * out, and logged: a run may be used where another backend computes.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) when it cannot be read
     */
    public ConfigSources addRun(Path file) {
        SettingsLayer layer = SettingsLayer.run(file);
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

    /** The values of each recipe, by its name, that hold unless others are written. */
    public ConfigSources recipes(Function<String, Map<String, ?>> values) {
        recipes = values;
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
        defaults.add(SettingsLayer.reference());
        layers.addAll(defaults);
        TandemConfig withoutRecipe = TandemConfig.read(new Settings(layers));
        String recipe = withoutRecipe.recipe();
        layers.add(written.size(), SettingsLayer.of("recipe " + recipe, recipes.apply(recipe)));
        Settings settings = new Settings(layers);
        TandemConfig config = TandemConfig.read(settings);
        settings.requireNothingUnknown(written, ofRuns);
        return config;
    }
}

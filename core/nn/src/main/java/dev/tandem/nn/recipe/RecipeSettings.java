package dev.tandem.nn.recipe;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The settings that a recipe is made with: every declared option has a checked value. */
public final class RecipeSettings {
    private final String recipe;
    private final Map<String, Integer> values;

    private RecipeSettings(String recipe, Map<String, Integer> values) {
        this.recipe = recipe;
        this.values = Collections.unmodifiableMap(values);
    }

    /**
     * The declared options of {@code provider}, with {@code configured} values over the defaults.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for an unknown name or a value out of range
     */
    public static RecipeSettings of(RecipeProvider provider, Map<String, Integer> configured) {
        Map<String, Integer> values = new TreeMap<>();
        RecipeSettings settings = new RecipeSettings(provider.name(), values);
        for (RecipeOption option : provider.options()) {
            int value = configured.getOrDefault(option.name(), option.defaultValue());
            if (value < option.minimum() || value > option.maximum()) {
                throw settings.unfit(
                        option.name(),
                        "out of range",
                        value,
                        option.minimum() + " to " + option.maximum(),
                        option.description());
            }
            values.put(option.name(), value);
        }
        for (String name : configured.keySet()) {
            if (!values.containsKey(name)) {
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem.recipes." + provider.name(),
                        "unknown setting",
                        name,
                        "one of " + values.keySet(),
                        "");
            }
        }
        return settings;
    }

    /** The declared defaults of {@code provider}. */
    public static RecipeSettings defaults(RecipeProvider provider) {
        return of(provider, Map.of());
    }

    /** The value of a declared option. */
    public int get(String name) {
        Integer value = values.get(name);
        if (value == null) {
            throw TandemException.argument(
                    "settings of recipe " + recipe,
                    "not a declared option",
                    name,
                    "one of " + values.keySet(),
                    "Declare it in RecipeProvider.options()");
        }
        return value;
    }

    /** All values, by the options' names. */
    public Map<String, Integer> values() {
        return values;
    }

    /** An error for a value that does not fit the others; it names the setting behind the option. */
    public TandemException unfit(String name, String wrong, Object got, String expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_CONFIGURATION, key(name), wrong, got, expected, advice);
    }

    /** The full name of an option's setting: {@code tandem.recipes.small.width}. */
    public String key(String name) {
        return "tandem.recipes." + recipe + "." + name;
    }
}

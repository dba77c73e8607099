package dev.tandem.runtime.config;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The recipe that the configuration describes, still without a number of classes. */
public final class ConfiguredRecipe {
    private final TandemConfig config;
    private final RecipeChoice choice;

    /**
     * The recipe of {@code config}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if it names none
     */
    public ConfiguredRecipe(TandemConfig config) {
        this.config = config;
        String name = config.recipe()
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem.recipe",
                        "not set",
                        "nothing",
                        "one of "
                                + RecipeProvider.all().stream()
                                        .map(RecipeProvider::name)
                                        .toList(),
                        ""));
        this.choice = RecipeChoice.of(name, config.recipeOptions().getOrDefault(name, Map.of()), config.ablations());
    }

    /** What the recipe of {@code config} sets by itself, by the names of the settings. */
    static Map<String, ?> values(TandemConfig config) {
        ConfiguredRecipe configured = new ConfiguredRecipe(config);
        RecipeChoice choice = configured.choice;
        Recipe recipe = choice.provider().recipe(configured.usualClasses(), choice.settings());
        Map<String, Object> values = new HashMap<>(Map.of(
                "tandem.train.epochs", recipe.epochs(),
                "tandem.train.batch", recipe.batch(),
                "tandem.train.learning-rate", recipe.schedule().nominalRate()));
        if (recipe.preprocessing() != null) {
            values.put("tandem.images.resize", recipe.preprocessing().resize().toString());
        }
        return values;
    }

    /** What was chosen: all that makes the recipe's network again, but the number of classes. */
    public RecipeChoice choice() {
        return choice;
    }

    /**
     * The recipe for {@code classes} classes, with all that is configured.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if settings do not fit each other, or an
     *     ablation is unknown or changes nothing
     */
    public Recipe forClasses(int classes) {
        return configured(choice.recipe(classes));
    }

    private Recipe configured(Recipe recipe) {
        return config.train().applyTo(config.init().applyTo(config.images().applyTo(recipe)));
    }

    /**
     * Whether the recipe would be another with more ablations: a setting may do already what they do.
     *
     * @param more the ablations, in order
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if one is unknown, or has nothing to change even
     *     without the settings
     */
    public boolean isChangedBy(List<String> more) {
        Recipe recipe = choice.recipe(usualClasses());
        Recipe changed = recipe;
        for (String ablation : more) {
            changed = choice.ablated(changed, ablation);
        }
        return !configured(changed).equals(configured(recipe));
    }

    /**
     * What is done to every image; it does not depend on the classes.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if the recipe's inputs are no photographs
     */
    public Preprocessing preprocessing() {
        Recipe recipe = config.images().applyTo(choice.recipe(usualClasses()));
        if (recipe.preprocessing() == null) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "recipe " + recipe.name(),
                    "it takes no photographs",
                    "inputs of " + recipe.input(1).withoutBatch(),
                    "a recipe with a preprocessing",
                    "Train it in a program, on a Dataset of your own");
        }
        return recipe.preprocessing();
    }

    /** The classes that the recipe was published for, or usually has. */
    public int usualClasses() {
        return choice.provider().usualClasses();
    }
}

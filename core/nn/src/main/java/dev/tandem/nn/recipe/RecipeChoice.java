package dev.tandem.nn.recipe;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.net.URL;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A recipe as it was chosen: all that makes it again, but the number of classes.
 *
 * @param provider makes the recipe
 * @param settings values of the provider's options
 * @param ablations names of changes, made in this order
 */
public record RecipeChoice(RecipeProvider provider, RecipeSettings settings, List<String> ablations) {
    public RecipeChoice {
        ablations = List.copyOf(ablations);
    }

    /**
     * The choice of the recipe called {@code name}.
     *
     * @param settings by the names of options; those that are not there have their defaults
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) for an unknown recipe or setting
     */
    public static RecipeChoice of(String name, Map<String, Integer> settings, List<String> ablations) {
        RecipeProvider provider = RecipeProvider.named(name);
        return new RecipeChoice(provider, RecipeSettings.of(provider, settings), ablations);
    }

    /**
     * The recipe for {@code classes} classes.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if settings do not fit each other, or an
     *     ablation is unknown or has nothing to change
     */
    public Recipe recipe(int classes) {
        Recipe recipe = whole(classes);
        for (String ablation : ablations) {
            recipe = ablated(recipe, ablation);
        }
        return recipe;
    }

    /** The recipe without the ablations. */
    private Recipe whole(int classes) {
        Recipe recipe = provider.recipe(classes, settings);
        if (!recipe.name().equals(provider.name())) {
            throw TandemException.argument(
                    "recipe provider " + provider.getClass().getName(),
                    "its recipe has another name",
                    recipe.name(),
                    provider.name(),
                    "Begin it with Recipe.named(name())");
        }
        return recipe;
    }

    /**
     * {@code recipe} with one change.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if the change is unknown or changes nothing
     */
    public Recipe ablated(Recipe recipe, String ablation) {
        Map<String, UnaryOperator<Recipe>> all = provider.ablations();
        if (!all.containsKey(ablation)) {
            throw refused(
                    all.isEmpty() ? "recipe " + provider.name() + " has none" : "unknown name",
                    ablation,
                    all.isEmpty() ? "no ablation" : "one of " + List.copyOf(all.keySet()),
                    "");
        }
        Recipe changed = all.get(ablation).apply(recipe);
        if (changed.equals(recipe)) {
            throw refused(
                    "recipe " + recipe.name() + " has nothing for it to change",
                    ablation,
                    "an ablation of something that the recipe has",
                    "Remove it, or use a recipe that it changes");
        }
        return changed;
    }

    /** The ablations that change {@code recipe}, in the provider's order. */
    public List<String> ablationsOf(Recipe recipe) {
        return provider.ablations().entrySet().stream()
                .filter(entry -> !entry.getValue().apply(recipe).equals(recipe))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The name of the jar that has the provider; empty if its class is in no jar. */
    public Optional<String> jar() {
        CodeSource source = provider.getClass().getProtectionDomain().getCodeSource();
        return Optional.ofNullable(source)
                .map(CodeSource::getLocation)
                .map(URL::getPath)
                .filter(path -> path.endsWith(".jar"))
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .map(name -> URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8));
    }

    private static TandemException refused(String wrong, String got, String expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_CONFIGURATION, "tandem.ablations", wrong, got, expected, advice);
    }
}

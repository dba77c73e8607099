package dev.tandem.nn.recipe;

import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * How a recipe is found by its name: listed in {@code META-INF/services/dev.tandem.nn.recipe.RecipeProvider} of a jar on
 * the class path. It has a public constructor without arguments.
 */
public interface RecipeProvider {
    /** What names of recipes and of their options match: they are parts of the names of settings. */
    String NAMES = "[a-z][a-z0-9-]*";

    /** The name it is chosen by, in kebab-case: {@code small}, {@code resnet-20}. */
    String name();

    /**
     * The recipe, named as this provider is.
     *
     * @param classes how many classes there are, 1 or more
     * @param settings a value for each of the {@link #options}, within its range
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if the settings do not fit each other
     */
    Recipe recipe(int classes, RecipeSettings settings);

    /** The settings it understands, each under {@code tandem.recipes.<name>}; none by default. */
    default List<RecipeOption> options() {
        return List.of();
    }

    /** How many classes the recipe was published for, or usually has; 1000 by default. */
    default int usualClasses() {
        return 1000; // ImageNet's challenge
    }

    /**
     * The changes that measure the effect of the recipe's parts, by name: what {@code tandem.ablations} and the command
     * {@code ablate} take. A change that has nothing to change returns an equal recipe. By default each
     * {@link Ablation}.
     */
    default Map<String, UnaryOperator<Recipe>> ablations() {
        return Ablation.all();
    }

    /**
     * Every provider on the class path, by name.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) if one is listed there that cannot be made, or
     *     whose name is unusable or taken
     */
    static List<RecipeProvider> all() {
        List<RecipeProvider> all;
        try {
            all = ServiceLoader.load(RecipeProvider.class).stream()
                    .map(ServiceLoader.Provider::get)
                    .sorted(Comparator.comparing(RecipeProvider::name))
                    .toList();
        } catch (ServiceConfigurationError e) {
            throw TandemException.failure(
                    ErrorCode.INVALID_CONFIGURATION,
                    "recipes",
                    "a provider on the class path cannot be made: " + e.getMessage(),
                    "Remove its jar from the class path, or build it for this version of Tandem",
                    e);
        }
        for (int i = 0; i < all.size(); i++) {
            String name = all.get(i).name();
            if (!name.matches(NAMES)) {
                throw unusable(all.get(i), "its name is unusable", name, NAMES);
            }
            if (i > 0 && name.equals(all.get(i - 1).name())) {
                throw unusable(
                        all.get(i), "its name is taken by " + all.get(i - 1).getClass(), name, "a name of its own");
            }
        }
        return all;
    }

    private static TandemException unusable(RecipeProvider provider, String wrong, String got, String expected) {
        return TandemException.of(
                ErrorCode.INVALID_CONFIGURATION,
                "recipe provider " + provider.getClass().getName(),
                wrong,
                got,
                expected,
                "Rename it, or remove its jar from the class path");
    }

    /**
     * The provider called {@code name}.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) naming those that there are
     */
    static RecipeProvider named(String name) {
        List<RecipeProvider> all = all();
        return all.stream()
                .filter(provider -> provider.name().equals(name))
                .findFirst()
                .orElseThrow(() -> TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem.recipe",
                        "unknown name",
                        name,
                        all.stream().map(RecipeProvider::name).collect(Collectors.joining(", ", "one of [", "]")),
                        "If the recipe is in a jar of its own, add that to the class path"));
    }
}

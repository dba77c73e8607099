package dev.tandem.examples.run;

import dev.tandem.alexnet.Ablation;
import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.train.Recipe;
import dev.tandem.runtime.config.TandemConfig;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;

/** The recipe that the configuration describes, still without a number of classes. */
public final class ConfiguredRecipe {
    private static final int IMAGENET_CLASSES = 1000;
    private static final int SMALL_CLASSES = 10;

    private final TandemConfig config;

    /** The recipe of {@code config}. */
    @Inject
    public ConfiguredRecipe(TandemConfig config) {
        this.config = config;
    }

    /** What the recipe called {@code name} sets by itself, by the names of the settings. */
    public static Map<String, ?> values(String name) {
        Recipe recipe = Recipes.named(name).recipe(SMALL_CLASSES);
        return Map.of(
                "tandem.train.epochs", recipe.epochs(),
                "tandem.train.batch", recipe.batch(),
                "tandem.train.rate", recipe.schedule().rate(0, List.of()));
    }

    /** The recipe for {@code classes} classes. */
    public Recipe forClasses(int classes) {
        Recipe recipe = named().recipe(classes, sizes());
        for (String ablation : config.ablations()) {
            recipe = Ablation.named(ablation).apply(recipe);
        }
        return config.train().applyTo(recipe);
    }

    /** What is done to every image; it does not depend on the classes. */
    public Preprocessing preprocessing() {
        return named().preprocessing(sizes());
    }

    /** The classes that the recipe was published for, or usually has. */
    public int usualClasses() {
        return named() == Recipes.SMALL ? SMALL_CLASSES : IMAGENET_CLASSES;
    }

    private Recipes named() {
        return Recipes.named(config.recipe());
    }

    private Sizes sizes() {
        TandemConfig.Small small = config.small();
        return named() == Recipes.SMALL
                ? Sizes.paper()
                        .width(small.width())
                        .hidden(small.hidden())
                        .image(small.image())
                        .crop(small.crop())
                : named().sizes();
    }
}

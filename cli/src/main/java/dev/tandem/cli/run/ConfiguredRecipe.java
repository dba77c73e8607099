package dev.tandem.cli.run;

import dev.tandem.alexnet.Ablation;
import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.train.Recipe;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The recipe that the configuration describes, still without a number of classes. */
public final class ConfiguredRecipe {
    private static final int IMAGENET_CLASSES = 1000;
    private static final int SMALL_CLASSES = 10;
    private static final int CHANNELS = 3;
    private static final int LARGEST_IMAGE = 4096;
    /** What divides the kernels of conv1, so that every width divides into the two columns. */
    private static final int WIDTHS = 12;

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
                "tandem.train.learning-rate", recipe.schedule().learningRate(0, List.of()));
    }

    /**
     * The recipe for {@code classes} classes.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) naming the setting of a size that does not fit
     */
    public Recipe forClasses(int classes) {
        Recipe recipe = named().recipe(classes, sizes());
        for (String ablation : config.ablations()) {
            recipe = Ablation.named(ablation).apply(recipe);
        }
        requireRoom(recipe);
        return config.train().applyTo(config.init().applyTo(recipe));
    }

    /** What is done to every image; it does not depend on the classes. */
    public Preprocessing preprocessing() {
        return forClasses(SMALL_CLASSES).preprocessing();
    }

    /** The classes that the recipe was published for, or usually has. */
    public int usualClasses() {
        return named() == Recipes.SMALL ? SMALL_CLASSES : IMAGENET_CLASSES;
    }

    private Recipes named() {
        return Recipes.named(config.recipe());
    }

    private Sizes sizes() {
        if (named() != Recipes.SMALL) {
            return named().sizes();
        }
        TandemConfig.Small small = config.small();
        if (small.width() % WIDTHS != 0) {
            int below = small.width() / WIDTHS * WIDTHS;
            throw unfit(
                    "tandem.recipes.small.width",
                    "the kernels do not divide into the paper's proportions",
                    small.width(),
                    "a multiple of " + WIDTHS,
                    "Use " + below + " or " + (below + WIDTHS));
        }
        if (small.crop() > small.image()) {
            throw unfit(
                    "tandem.recipes.small.crop",
                    "larger than the stored image",
                    small.crop(),
                    "at most " + small.image() + ", which is tandem.recipes.small.image",
                    "Lower it, or raise tandem.recipes.small.image to " + small.crop() + " or more");
        }
        return Sizes.paper()
                .width(small.width())
                .hidden(small.hidden())
                .image(small.image())
                .crop(small.crop());
    }

    /** Each layer must leave something of the crop for the next; no published recipe has a crop that is set. */
    private void requireRoom(Recipe recipe) {
        int crop = recipe.preprocessing().cropSize();
        if (!hasRoom(recipe.network(), crop)) {
            int least = IntStream.rangeClosed(crop, LARGEST_IMAGE)
                    .filter(side -> hasRoom(recipe.network(), side))
                    .findFirst()
                    .orElseThrow();
            throw unfit(
                    "tandem.recipes.small.crop",
                    "too small: a layer would have no output",
                    crop,
                    least + " or more",
                    "Set it to " + least + " or more, and tandem.recipes.small.image at least as large");
        }
    }

    private static boolean hasRoom(Network network, int side) {
        try {
            network.outputShape(Shape.of(1, CHANNELS, side, side));
            return true;
        } catch (TandemException e) {
            return false;
        }
    }

    private static TandemException unfit(String key, String wrong, Object got, String expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_CONFIGURATION, key, wrong, got, expected, advice);
    }
}

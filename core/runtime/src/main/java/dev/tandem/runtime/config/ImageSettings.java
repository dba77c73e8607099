package dev.tandem.runtime.config;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.recipe.Recipe;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Which images are used, and how they become pixels.
 *
 * @param orientation {@code apply} or {@code ignore}; empty is as the data ask for
 * @param resize how an image becomes a square; empty is the recipe's
 * @param maximumPixels an image of more is not read
 * @param scaled whether large JPEGs are decoded to a part of their size
 * @param cache where what a check of the images has found is kept, absolute; empty for the user's cache folder
 * @param validation a folder of classes to validate on, absolute; empty for the data folder's own
 * @param withoutValidation whether nothing is validated on
 * @param split the share of the training images to validate on, above 0 and below 1; empty for the default
 * @param badShare the largest share of a set's files that may be no usable images, 0 to 1
 */
public record ImageSettings(
        Optional<String> orientation,
        Optional<Resize> resize,
        long maximumPixels,
        boolean scaled,
        Optional<Path> cache,
        Optional<Path> validation,
        boolean withoutValidation,
        OptionalDouble split,
        double badShare) {
    static ImageSettings read(Settings settings) {
        return new ImageSettings(
                settings.choice("tandem.images.orientation", List.of("apply", "ignore")),
                settings.choice("tandem.images.resize", names(Resize.values())).map(ImageSettings::resize),
                settings.integer("tandem.images.max-pixels", 1, 1_000_000_000).orElseThrow(),
                settings.flag("tandem.images.scaled"),
                settings.path("tandem.images.cache"),
                settings.path("tandem.images.validation"),
                settings.flag("tandem.images.no-validation"),
                settings.fraction("tandem.images.split"),
                settings.number("tandem.images.bad-share", 0, 1).getAsDouble());
    }

    private static List<String> names(Resize[] ways) {
        return Arrays.stream(ways).map(Resize::toString).toList();
    }

    private static Resize resize(String name) {
        return Arrays.stream(Resize.values())
                .filter(way -> way.toString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** {@code recipe} with the preprocessing that is configured; one whose inputs are no photographs stays as it is. */
    Recipe applyTo(Recipe recipe) {
        Preprocessing own = recipe.preprocessing();
        return own == null || resize.isEmpty() ? recipe : recipe.withPreprocessing(own.withResize(resize.get()));
    }
}

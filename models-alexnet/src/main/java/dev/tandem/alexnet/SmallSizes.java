package dev.tandem.alexnet;

import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeOption;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.stream.IntStream;

/** The settings of recipe {@code small}, and whether they fit each other. */
final class SmallSizes {
    private static final int CHANNELS = 3;
    private static final int LARGEST_IMAGE = 4096;
    /** What divides the kernels of conv1, so that every width divides into the two columns. */
    private static final int WIDTHS = 12;

    private static final String WIDTH = "width";
    private static final String HIDDEN = "hidden";
    private static final String IMAGE = "image";
    private static final String CROP = "crop";

    static final List<RecipeOption> OPTIONS = List.of(
            new RecipeOption(
                    WIDTH,
                    48,
                    WIDTHS,
                    9600,
                    "kernels of conv1, a multiple of 12; the other convolutions keep the paper's proportions"),
            new RecipeOption(HIDDEN, 512, 1, 65_536, "units of fc6 and of fc7"),
            new RecipeOption(IMAGE, 128, 1, LARGEST_IMAGE, "side of the stored square image, in pixels"),
            new RecipeOption(CROP, 112, 1, LARGEST_IMAGE, "side of what the network sees, in pixels"));

    private SmallSizes() {}

    /**
     * The sizes that {@code settings} ask for.
     *
     * @throws TandemException naming the setting of a size that does not fit
     */
    static Sizes of(RecipeSettings settings) {
        int width = settings.get(WIDTH);
        if (width % WIDTHS != 0) {
            int below = width / WIDTHS * WIDTHS;
            throw settings.unfit(
                    WIDTH,
                    "the kernels do not divide into the paper's proportions",
                    width,
                    "a multiple of " + WIDTHS,
                    "Use " + below + " or " + (below + WIDTHS));
        }
        int image = settings.get(IMAGE);
        int crop = settings.get(CROP);
        if (crop > image) {
            String key = settings.key(IMAGE);
            throw settings.unfit(
                    CROP,
                    "larger than the stored image",
                    crop,
                    "at most " + image + ", which is " + key,
                    "Lower it, or raise " + key + " to " + crop + " or more");
        }
        return Sizes.paper()
                .width(width)
                .hidden(settings.get(HIDDEN))
                .image(image)
                .crop(crop);
    }

    /** {@code recipe}, of which each layer must leave something of the crop for the next. */
    static Recipe requireRoom(Recipe recipe, RecipeSettings settings) {
        int crop = settings.get(CROP);
        if (!hasRoom(recipe.network(), crop)) {
            int least = IntStream.rangeClosed(crop, LARGEST_IMAGE)
                    .filter(side -> hasRoom(recipe.network(), side))
                    .findFirst()
                    .orElseThrow();
            throw settings.unfit(
                    CROP,
                    "too small: a layer would have no output",
                    crop,
                    least + " or more",
                    "Set it to " + least + " or more, and " + settings.key(IMAGE) + " at least as large");
        }
        return recipe;
    }

    private static boolean hasRoom(Network network, int side) {
        try {
            network.outputShape(Shape.of(1, CHANNELS, side, side));
            return true;
        } catch (TandemException e) {
            return false;
        }
    }
}

package dev.tandem.alexnet;

import dev.tandem.alexnet.AlexNet.Starts;
import dev.tandem.alexnet.AlexNet.Widths;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Augmentation.Colour;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.train.RateSchedule;
import dev.tandem.nn.train.RateSchedule.AtEpochs;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.Sgd;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.List;

/** The recipes by name. */
public final class Recipes {
    private Recipes() {}

    /** The names that {@link #named} knows. */
    public static List<String> names() {
        return List.of("small", "paper");
    }

    /**
     * The recipe called {@code name} for data of {@code classes} classes.
     *
     * @param small the sizes of the {@code small} recipe; the others do not look at them
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) naming the known ones
     */
    public static Recipe named(String name, int classes, SmallSizes small) {
        return switch (name) {
            case "small" -> small(classes, small);
            case "paper" -> paper(classes);
            default ->
                throw TandemException.of(
                        ErrorCode.INVALID_CONFIGURATION,
                        "tandem.recipe",
                        "unknown name",
                        name,
                        "one of " + names(),
                        "Correct the name");
        };
    }

    /** The paper's: sections 2 to 5, 90 epochs of batches of 128, the rate divided by 10 on a plateau, three times. */
    public static Recipe paper(int classes) {
        return new Recipe(
                "paper",
                AlexNet.network(Widths.paper(), Starts.paper(), classes),
                classes,
                new Preprocessing(256, 224, Pixels.MEAN_IMAGE),
                new Augmentation(true, true, Colour.STANDARD_DEVIATION, 0.1),
                Sgd.paper(),
                new RateSchedule.OnPlateau(0.01, 10, 5, 3),
                90,
                128);
    }

    /**
     * How large the {@code small} recipe's network and images are.
     *
     * @param width kernels of conv1, a multiple of 6; the other convolutions keep the paper's proportions
     * @param hidden units of fc6 and fc7
     * @param image side of the stored image, in pixels
     * @param crop side of the network's input, in pixels; 63 or more, so that pool5 has something to see
     */
    public record SmallSizes(int width, int hidden, int image, int crop) {
        /** Half the paper's kernels, 512 hidden units, 112-pixel crops of 128-pixel images. */
        public static SmallSizes standard() {
            return new SmallSizes(48, 512, 128, 112);
        }
    }

    /**
     * The same topology for small machines and data, with the authors' program's initial weights, without which a net
     * this size does not start to learn.
     */
    public static Recipe small(int classes, SmallSizes sizes) {
        return new Recipe(
                "small",
                AlexNet.network(Widths.proportional(sizes.width(), sizes.hidden()), Starts.original(), classes),
                classes,
                new Preprocessing(sizes.image(), sizes.crop(), Pixels.MEAN_IMAGE),
                new Augmentation(true, true, Colour.STANDARD_DEVIATION, 0.1),
                Sgd.paper(),
                AtEpochs.dividedByTen(0.01, 60, 0.7, 0.9),
                60,
                32);
    }
}

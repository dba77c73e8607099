package dev.tandem.spark.train;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.nn.schedule.AtEpochs;
import java.util.List;
import java.util.stream.Stream;

/** The published recipes with narrow layers on small images, found by name on executors, too. */
abstract class TinyRecipes implements RecipeProvider {
    private static final Sizes TINY =
            Sizes.paper().width(12).hidden(16).image(67).crop(63);

    private final Recipes recipe;

    private TinyRecipes(Recipes recipe) {
        this.recipe = recipe;
    }

    /** The tiny form of each published recipe, and a net of several slices. */
    static List<String> names() {
        return Stream.of("paper", "original", "caffe", "caffenet", "owt", "wide")
                .map(name -> "tiny-" + name)
                .toList();
    }

    @Override
    public final String name() {
        return "tiny-" + recipe.recipeName();
    }

    @Override
    public final Recipe recipe(int classes, RecipeSettings settings) {
        Recipe tiny = recipe.recipe(classes, TINY);
        return new Recipe(
                name(),
                tiny.network(),
                classes,
                tiny.samples(),
                tiny.preprocessing(),
                tiny.augmentation(),
                tiny.colourEpochs(),
                tiny.training(),
                tiny.schedule(),
                tiny.layerLearningRates(),
                tiny.epochs(),
                tiny.batch(),
                tiny.accumulate(),
                tiny.metrics());
    }

    public static final class Paper extends TinyRecipes {
        public Paper() {
            super(Recipes.PAPER);
        }
    }

    public static final class Original extends TinyRecipes {
        public Original() {
            super(Recipes.ORIGINAL);
        }
    }

    public static final class Caffe extends TinyRecipes {
        public Caffe() {
            super(Recipes.CAFFE);
        }
    }

    public static final class Caffenet extends TinyRecipes {
        public Caffenet() {
            super(Recipes.CAFFENET);
        }
    }

    public static final class Owt extends TinyRecipes {
        public Owt() {
            super(Recipes.OWT);
        }
    }

    /** A net with batch normalization, whose running statistics are states. */
    public static final class Normalized implements RecipeProvider {
        @Override
        public String name() {
            return "tiny-normalized";
        }

        @Override
        public Recipe recipe(int classes, RecipeSettings settings) {
            return Recipe.named(name())
                    .network(
                            Network.builder()
                                    .add("conv1", Convolution.of(6, 5).stride(4))
                                    .add("bn1", new BatchNormalization())
                                    .add("relu1", Activation.relu())
                                    .add("fc2", Linear.of(classes))
                                    .build(),
                            classes)
                    .preprocessing(new Preprocessing(67, 63, Pixels.MEAN_IMAGE))
                    .augmentation(Augmentation.paper())
                    .schedule(AtEpochs.constant(0.001))
                    .epochs(3)
                    .batch(6)
                    .build();
        }
    }

    /** A net of more numbers than a slice has, in a convolution, whose gradient is never factors. */
    public static final class Wide implements RecipeProvider {
        @Override
        public String name() {
            return "tiny-wide";
        }

        @Override
        public Recipe recipe(int classes, RecipeSettings settings) {
            return Recipe.named(name())
                    .network(
                            Network.builder()
                                    .add("conv1", Convolution.of(24, 63).weights(Initializer.gaussian(0.0003)))
                                    .add("relu1", Activation.relu())
                                    .add("conv2", Convolution.of(2100, 1).weights(Initializer.gaussian(0.05)))
                                    .add("relu2", Activation.relu())
                                    .add("conv3", Convolution.of(2100, 1).weights(Initializer.gaussian(0.01)))
                                    .add("relu3", Activation.relu())
                                    .add("fc4", Linear.of(classes).weights(Initializer.gaussian(0.01)))
                                    .build(),
                            classes)
                    .preprocessing(new Preprocessing(67, 63, Pixels.MEAN_IMAGE))
                    .schedule(AtEpochs.constant(0.001))
                    .epochs(1)
                    .batch(6)
                    .build();
        }
    }
}

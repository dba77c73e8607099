package dev.tandem.weights.export;

import static dev.tandem.nn.layer.Activation.relu;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Concatenation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Flatten;
import dev.tandem.nn.layer.GlobalAveragePooling;
import dev.tandem.nn.layer.LayerNormalization;
import dev.tandem.nn.layer.LeakyRelu;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.LocallyConnected;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Multiplication;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Softmax;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.schedule.Stepped;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window.Rounding;
import java.util.Arrays;
import java.util.stream.Stream;

/** Nets that are small enough for tests: of each recipe, each ablation, and of every layer that there is. */
final class TinyNets {
    private static final int CLASSES = 7;

    private TinyNets() {}

    /** All recipes of AlexNet. */
    static Stream<Recipe> recipes() {
        return Arrays.stream(Recipes.values()).map(TinyNets::tiny);
    }

    static Recipe tiny(Recipes recipe) {
        Sizes sizes = Sizes.paper().width(12).hidden(20);
        return switch (recipe) {
            case CAFFE, CAFFENET -> recipe.recipe(CLASSES, sizes.image(80).crop(67));
            case OWT -> recipe.recipe(CLASSES, sizes.image(80).crop(64));
            default -> recipe.recipe(CLASSES, sizes.image(71).crop(64)); // conv1 reaches 3 pixels beyond the edge
        };
    }

    /** Every ablation, of a recipe that has something for each to change. */
    static Stream<Recipe> ablations() {
        return RecipeProvider.named("original").ablations().values().stream()
                .map(ablation -> ablation.apply(tiny(Recipes.ORIGINAL)));
    }

    /** {@code small} of sizes that leave a remainder everywhere. */
    static Stream<Recipe> oddSizes() {
        return Stream.of(61, 63, 66, 79, 90)
                .map(crop -> Recipes.SMALL.recipe(
                        3, Sizes.paper().width(24).hidden(9).image(crop + 5).crop(crop)));
    }

    static Recipe of(String name, Network network, int crop, Pixels pixels) {
        return Recipe.named(name)
                .network(network, 5)
                .preprocessing(new Preprocessing(crop + 3, crop, pixels))
                .augmentation(Augmentation.none())
                .optimizer(Sgd.paper())
                .schedule(new Stepped(0.01, 0.1, 20))
                .epochs(1)
                .batch(2)
                .build();
    }

    /** What AlexNet does not have. */
    static Recipe everyLayer() {
        Network block = Network.builder()
                .add("conv1", Convolution.of(6, 3).padding(1).withoutBias())
                .add("norm1", new BatchNormalization())
                .add("relu1", new LeakyRelu(0.1))
                .add("shortcut", Network.builder().build(), Network.INPUT)
                .add("sum", Merge.sum(), "relu1", "shortcut")
                .build();
        Network network = Network.builder()
                .add("conv", Convolution.of(6, 4).stride(3).padding(1).rounding(Rounding.UP))
                .add("gelu", Activation.gelu())
                .add("norm", LayerNormalization.of(3))
                .add("depth", Convolution.depthwise(3).stride(2).rounding(Rounding.UP))
                .add("average", Pooling.average(3).stride(2))
                .add("block", block)
                .add(
                        "branches",
                        Concatenation.of(
                                Convolution.pointwise(4), Convolution.of(4, 1).withoutBias()))
                .add(
                        "lrn",
                        LocalResponseNormalization.withinMap(3).alphaOfMean(0.5).k(2))
                .add("half", new Multiplication(0.5))
                .add("both", Merge.concatenation(), "lrn", "half")
                .add("down", Pooling.max(2).rounding(Rounding.DOWN))
                .add("local", LocallyConnected.of(6, 2).padding(1).rounding(Rounding.UP))
                .add("drop", Dropout.of(0.25))
                .add("maps", Convolution.pointwise(8))
                .add("mean", new GlobalAveragePooling())
                .add("flat", new Flatten())
                .add("fc", Linear.of(6).withoutBias())
                .add("soft", new Softmax())
                .add("last", Linear.of(5))
                .build();
        return of("every-layer", network, 48, Pixels.STANDARDIZED_CHANNELS);
    }

    /** Every function of one number that an activation may be. */
    static Stream<Recipe> functions() {
        return Arrays.stream(UnaryFunction.values()).map(function -> {
            Network network = Network.builder()
                    .add("conv", Convolution.of(4, 3))
                    .add("sigmoid", Activation.sigmoid()) // positive, as logarithm and root need
                    .add("function", new Activation(function))
                    .add("fc", Linear.of(5))
                    .build();
            return of("function-" + function, network, 6, Pixels.STANDARDIZED_CHANNELS);
        });
    }

    /** What Caffe has and AlexNet does not. */
    static Recipe caffeLayers() {
        Network network = Network.builder()
                .add("conv", Convolution.of(6, 4).stride(3).padding(1).rounding(Rounding.UP))
                .add("relu", new LeakyRelu(0.1))
                .add(
                        "lrn",
                        LocalResponseNormalization.withinMap(3).alphaOfMean(0.5).k(2))
                .add("depth", Convolution.depthwise(3).withoutBias())
                .add("average", Pooling.average(3).stride(2))
                .add("branches", Concatenation.of(Convolution.pointwise(4), Convolution.of(4, 1)))
                .add("half", new Multiplication(0.5))
                .add("sum", Merge.sum(), "half", "branches")
                .add("both", Merge.concatenation(), "sum", "branches")
                .add("relu2", relu())
                .add("drop", Dropout.of(0.25))
                .add("mean", new GlobalAveragePooling())
                .add("flat", new Flatten())
                .add("fc", Linear.of(5).withoutBias())
                .build();
        return of("caffe-layers", network, 48, Pixels.STANDARDIZED_CHANNELS);
    }
}

package dev.tandem.cifar;

import static dev.tandem.nn.layer.Initializer.gaussian;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Pixels;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Ablation;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.schedule.AtEpochs.Change;
import dev.tandem.spi.op.SgdStep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What the authors' nets for CIFAR-10 have in common: images of 32x32 less the mean image, batches of 128, momentum 0.9
 * and a learning rate of 0.001, twice that for biases. Weight decay differs from layer to layer, so each layer names
 * its own. A velocity becomes {@code 0.9 velocity - rate (decay weight + gradient)}.
 */
abstract sealed class CifarRecipe implements RecipeProvider
        permits Cifar80Seconds, Cifar19Percent, Cifar18Percent, Cifar13Percent, Cifar11Percent {
    static final double LEARNING_RATE = 0.001;

    private static final int SIDE = 32;
    private static final int CROP = 24;

    private final String name;

    CifarRecipe(String name) {
        this.name = name;
    }

    abstract Network network(int classes);

    abstract AtEpochs schedule();

    abstract int epochs();

    /** Whether training sees random crops of 24x24 pixels and their reflections, instead of whole images. */
    boolean isCropped() {
        return false;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final int usualClasses() {
        return 10;
    }

    @Override
    public final Recipe recipe(int classes, RecipeSettings settings) {
        Recipe whole = Recipe.named(name)
                .network(network(classes), classes)
                .preprocessing(new Preprocessing(SIDE, SIDE, Pixels.MEAN_IMAGE))
                .optimizer(new Sgd(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0.9, 1))
                .schedule(schedule())
                .epochs(epochs())
                .batch(128)
                .build();
        return isCropped() ? withCrops(whole) : whole;
    }

    @Override
    public final Map<String, UnaryOperator<Recipe>> ablations() {
        Map<String, UnaryOperator<Recipe>> all = new LinkedHashMap<>(Ablation.all());
        all.put("crops", CifarRecipe::withCrops);
        all.put("no-crops", CifarRecipe::withoutCrops);
        return all;
    }

    /** {@code recipe} with crops at offsets of 0 to 8 pixels, a half of them reflected. */
    private static Recipe withCrops(Recipe recipe) {
        return recipe.withPreprocessing(new Preprocessing(SIDE, CROP, Pixels.MEAN_IMAGE))
                .withAugmentation(Augmentation.none().withRandomCrop().withReflection());
    }

    private static Recipe withoutCrops(Recipe recipe) {
        return recipe.withPreprocessing(new Preprocessing(SIDE, SIDE, Pixels.MEAN_IMAGE))
                .withAugmentation(Augmentation.none());
    }

    /** The common rate, a tenth of it after {@code first} epochs, and a hundredth after {@code second}. */
    static AtEpochs dropping(int first, int second) {
        return new AtEpochs(
                LEARNING_RATE, List.of(new Change(first, LEARNING_RATE / 10), new Change(second, LEARNING_RATE / 100)));
    }

    /** A normal distribution of this deviation for weights that decay at this rate. */
    static Initializer weights(double deviation, double decay) {
        return gaussian(deviation).weightDecayMultiplier(decay);
    }

    static Initializer biases() {
        return Initializer.bias(0).learningRateMultiplier(2);
    }

    static Convolution conv(int channels, double deviation, double decay) {
        return Convolution.of(channels, 5)
                .padding(2)
                .weights(weights(deviation, decay))
                .bias(biases());
    }

    static Linear units(int count, double deviation, double decay) {
        return Linear.of(count).weights(weights(deviation, decay)).bias(biases());
    }

    /** Maximum over 3x3 at stride 2; the last window reaches beyond the edge. */
    static Pooling max() {
        return Pooling.max(3).stride(2);
    }

    /** Mean over 3x3 at stride 2; the last window reaches beyond the edge. */
    static Pooling average() {
        return Pooling.average(3).stride(2);
    }
}

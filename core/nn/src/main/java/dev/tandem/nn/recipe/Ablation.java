package dev.tandem.nn.recipe;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.data.Augmentation.Colour;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One thing that any recipe may have, removed from it or changed in it, to measure its effect. */
public enum Ablation {
    /** No response normalization (paper, section 3.3). */
    NO_LRN {
        @Override
        public Recipe changed(Recipe recipe) {
            return ofKind(recipe, LocalResponseNormalization.class, layer -> null);
        }
    },
    /** Pooling windows that do not overlap: 2x2 at stride 2 for 3x3 at stride 2 (paper, section 3.4). */
    NON_OVERLAPPING_POOLING {
        @Override
        public Recipe changed(Recipe recipe) {
            return ofKind(
                    recipe,
                    Pooling.class,
                    pool -> pool.size() > pool.stride()
                            ? new Pooling(pool.kind(), pool.stride(), pool.stride(), pool.rounding())
                            : pool);
        }
    },
    /** The centre crop of every image as it is: no random crops, reflections or colour noise (paper, section 4.1). */
    NO_AUGMENTATION {
        @Override
        public Recipe changed(Recipe recipe) {
            return recipe.augmentation().equals(Augmentation.none())
                    ? recipe
                    : recipe.withAugmentation(Augmentation.none());
        }
    },
    /** No colour noise (paper, section 4.1). */
    NO_COLOUR {
        @Override
        public Recipe changed(Recipe recipe) {
            return recipe.augmentation().colour() == Colour.NONE
                    ? recipe
                    : recipe.withAugmentation(recipe.augmentation().withoutColour());
        }
    },
    /** No dropout (paper, section 4.2). */
    NO_DROPOUT {
        @Override
        public Recipe changed(Recipe recipe) {
            return ofKind(recipe, Dropout.class, layer -> null);
        }
    },
    /** No weight decay (paper, section 5). */
    NO_WEIGHT_DECAY {
        @Override
        public Recipe changed(Recipe recipe) {
            Training training = recipe.training();
            return recipe.withTraining(
                    training.withOptimizer(training.optimizer().withoutWeightDecay()));
        }
    },
    /** The first learning rate in all epochs and layers: it is not divided by 10 (paper, section 5). */
    CONSTANT_RATE {
        @Override
        public Recipe changed(Recipe recipe) {
            return recipe.withConstantLearningRate();
        }
    },
    /** The hyperbolic tangent for every activation function (paper, section 3.1). */
    TANH {
        @Override
        public Recipe changed(Recipe recipe) {
            return ofKind(recipe, Activation.class, layer -> Activation.tanh());
        }
    },
    /** The logistic function for every activation function. */
    SIGMOID {
        @Override
        public Recipe changed(Recipe recipe) {
            return ofKind(recipe, Activation.class, layer -> Activation.sigmoid());
        }
    };

    /** {@code recipe} with this change; an equal recipe if there is nothing to change. */
    public abstract Recipe changed(Recipe recipe);

    /** The name it is chosen by: {@code no-lrn}. */
    public String ablationName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All of them, by name, as {@link RecipeProvider#ablations()} has them. */
    public static Map<String, UnaryOperator<Recipe>> all() {
        Map<String, UnaryOperator<Recipe>> all = new LinkedHashMap<>();
        for (Ablation ablation : values()) {
            all.put(ablation.ablationName(), ablation::changed);
        }
        return all;
    }

    /**
     * {@code recipe} with other layers; itself if none changes.
     *
     * @param change from a layer's name and the layer to its replacement: itself if it stays, null if it is left out
     */
    public static Recipe withLayers(Recipe recipe, BiFunction<String, Layer, @Nullable Layer> change) {
        Network after = recipe.network().mapped(change);
        return after.layers().equals(recipe.network().layers()) ? recipe : recipe.withNetwork(after);
    }

    private static <T extends Layer> Recipe ofKind(Recipe recipe, Class<T> kind, Function<T, @Nullable Layer> change) {
        return withLayers(recipe, (name, layer) -> kind.isInstance(layer) ? change.apply(kind.cast(layer)) : layer);
    }
}

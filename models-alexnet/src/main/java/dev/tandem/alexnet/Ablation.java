package dev.tandem.alexnet;

import dev.tandem.nn.data.Augmentation.Colour;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.ResponseNormalization;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** One thing removed from a recipe or changed in it, to measure its effect. */
public enum Ablation {
    /** No response normalization (paper, section 3.3). */
    NO_LRN {
        @Override
        Layer change(String name, Layer layer) {
            return layer instanceof LocalResponseNormalization ? null : layer;
        }
    },
    /** Pooling windows that do not overlap: 2x2 at stride 2 for 3x3 at stride 2 (paper, section 3.4). */
    NON_OVERLAPPING_POOLING {
        @Override
        Layer change(String name, Layer layer) {
            return layer instanceof Pooling pool && pool.size() > pool.stride()
                    ? new Pooling(pool.kind(), pool.stride(), pool.stride(), pool.rounding())
                    : layer;
        }
    },
    /**
     * One column of half the kernels, conv5 and the fully-connected layers as wide as in two (the authors' 145-half).
     */
    ONE_COLUMN {
        @Override
        Layer change(String name, Layer layer) {
            if (layer instanceof LocalResponseNormalization lrn) {
                ResponseNormalization spec = lrn.spec();
                return new LocalResponseNormalization(new ResponseNormalization(
                        spec.neighbourhood(), spec.size(), spec.alpha(), spec.beta(), spec.k(), 1));
            }
            if (layer instanceof Convolution conv) {
                int kernels = name.equals("conv5") ? conv.channels() : conv.channels() / 2;
                return conv.channels(kernels).groups(1);
            }
            return layer;
        }
    },
    /** conv3 has input from its own column only; the columns meet in the fully-connected layers. */
    NO_EXCHANGE {
        @Override
        Layer change(String name, Layer layer) {
            return name.equals("conv3") && layer instanceof Convolution conv ? conv.groups(2) : layer;
        }
    },
    /** No colour noise (paper, section 4.1). */
    NO_COLOUR {
        @Override
        Recipe changed(Recipe recipe) {
            return recipe.augmentation().colour() == Colour.NONE
                    ? recipe
                    : recipe.withAugmentation(recipe.augmentation().withoutColour());
        }
    },
    /** Without the third convolution; conv4 then has input from its own column only. */
    WITHOUT_CONV3 {
        @Override
        Layer change(String name, Layer layer) {
            return Set.of("conv3", "relu3").contains(name) ? null : layer;
        }
    },
    /** Without the fourth convolution. */
    WITHOUT_CONV4 {
        @Override
        Layer change(String name, Layer layer) {
            return Set.of("conv4", "relu4").contains(name) ? null : layer;
        }
    },
    /** Without the fifth convolution. */
    WITHOUT_CONV5 {
        @Override
        Layer change(String name, Layer layer) {
            return Set.of("conv5", "relu5").contains(name) ? null : layer;
        }
    },
    /** Without the second fully-connected layer. */
    WITHOUT_FC7 {
        @Override
        Layer change(String name, Layer layer) {
            return Set.of("fc7", "relu7", "drop7").contains(name) ? null : layer;
        }
    },
    /** The hyperbolic tangent for every ReLU (paper, section 3.1). */
    TANH {
        @Override
        Layer change(String name, Layer layer) {
            return layer instanceof Activation ? Activation.tanh() : layer;
        }
    },
    /** The logistic function for every ReLU. */
    SIGMOID {
        @Override
        Layer change(String name, Layer layer) {
            return layer instanceof Activation ? Activation.sigmoid() : layer;
        }
    },
    /** No dropout (paper, section 4.2). */
    NO_DROPOUT {
        @Override
        Layer change(String name, Layer layer) {
            return layer instanceof Dropout ? null : layer;
        }
    };

    /** The layer's replacement: itself if it stays, null if it is left out. */
    Layer change(String name, Layer layer) {
        return layer;
    }

    /** {@code recipe} with this change; an equal recipe if there is nothing to change. */
    Recipe changed(Recipe recipe) {
        Network after = recipe.network().mapped(this::change);
        return after.layers().equals(recipe.network().layers()) ? recipe : recipe.withNetwork(after);
    }

    /**
     * {@code recipe} with this change.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_CONFIGURATION}) when the recipe has nothing to change
     */
    public Recipe apply(Recipe recipe) {
        Recipe changed = changed(recipe);
        if (changed.equals(recipe)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "tandem.ablations",
                    "recipe " + recipe.name() + " has nothing for it to change",
                    ablationName(),
                    "an ablation of something that the recipe has",
                    "Remove it, or use a recipe that it changes");
        }
        return changed;
    }

    /** The name it is chosen by: {@code no-lrn}. */
    public String ablationName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All of them, by name, as changes of a recipe that leave it equal if there is nothing to change. */
    static Map<String, UnaryOperator<Recipe>> all() {
        Map<String, UnaryOperator<Recipe>> all = new LinkedHashMap<>();
        for (Ablation ablation : values()) {
            all.put(ablation.ablationName(), ablation::changed);
        }
        return all;
    }
}

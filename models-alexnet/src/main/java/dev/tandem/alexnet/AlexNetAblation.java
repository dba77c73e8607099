package dev.tandem.alexnet;

import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.recipe.Ablation;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.op.ResponseNormalization;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** One thing removed from an AlexNet or changed in it, to measure its effect, besides each {@link Ablation}. */
public enum AlexNetAblation {
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
    };

    /** The layer's replacement: itself if it stays, null if it is left out. */
    Layer change(String name, Layer layer) {
        return layer;
    }

    /** {@code recipe} with this change; an equal recipe if there is nothing to change. */
    public Recipe changed(Recipe recipe) {
        return Ablation.withLayers(recipe, this::change);
    }

    /** The name it is chosen by: {@code one-column}. */
    public String ablationName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Those of any recipe, then these, by name. */
    static Map<String, UnaryOperator<Recipe>> all() {
        Map<String, UnaryOperator<Recipe>> all = new LinkedHashMap<>(Ablation.all());
        for (AlexNetAblation ablation : values()) {
            all.put(ablation.ablationName(), ablation::changed);
        }
        return all;
    }
}

package dev.tandem.runtime.config;

import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.DepthwiseConvolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.recipe.Recipe;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How the parameters of convolutions and fully-connected layers are initialized; what is empty is the recipe's.
 *
 * @param weights a standard deviation for the weights of all of them, or {@code he}: uniform with a standard
 *     deviation of sqrt(2 / fan-in) (He et al. 2015)
 * @param bias the biases of all of them but the last
 */
public record InitialValues(Optional<String> weights, OptionalDouble bias) {
    /** The word for weights by fan-in. */
    public static final String HE = "he";

    /** {@code recipe} with these initial values; the multipliers of learning rate and weight decay stay. */
    public Recipe applyTo(Recipe recipe) {
        if (weights.isEmpty() && bias.isEmpty()) {
            return recipe;
        }
        String last = recipe.network().layers().entrySet().stream()
                .filter(entry -> entry.getValue() instanceof Linear
                        || entry.getValue() instanceof Convolution
                        || entry.getValue() instanceof DepthwiseConvolution)
                .reduce((before, after) -> after)
                .map(Map.Entry::getKey)
                .orElse("");
        return recipe.withNetwork(recipe.network().mapped((name, layer) -> changed(layer, name.equals(last))));
    }

    private Layer changed(Layer layer, boolean last) {
        if (layer instanceof Convolution convolution) {
            Convolution weighted = convolution.weights(weights(convolution.weights()));
            return last || convolution.bias() == null ? weighted : weighted.bias(bias(convolution.bias()));
        }
        if (layer instanceof DepthwiseConvolution depthwise) {
            return new DepthwiseConvolution((Convolution) changed(depthwise.kernel(), last));
        }
        if (layer instanceof Linear linear) {
            Linear weighted = linear.weights(weights(linear.weights()));
            return last || linear.bias() == null ? weighted : weighted.bias(bias(linear.bias()));
        }
        return layer;
    }

    private Initializer weights(Initializer before) {
        if (weights.isEmpty()) {
            return before;
        }
        Initializer wanted = weights.get().equals(HE)
                ? Initializer.kaimingUniform(0)
                : Initializer.gaussian(Double.parseDouble(weights.get()));
        return trainedAs(before, wanted);
    }

    private Initializer bias(Initializer before) {
        return bias.isEmpty() ? before : trainedAs(before, Initializer.constant(bias.getAsDouble()));
    }

    private static Initializer trainedAs(Initializer before, Initializer wanted) {
        return wanted.learningRateMultiplier(before.learningRateMultiplier())
                .weightDecayMultiplier(before.weightDecayMultiplier());
    }
}

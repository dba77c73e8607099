package dev.tandem.placement;

import dev.tandem.nn.layer.LayerStep;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** The weights whose gradients processes exchange as factors, inputs and output gradients. */
public final class FactoredWeights {
    private FactoredWeights() {}

    /**
     * The trained weights of fully-connected layers, by name and in order, for which the factors of all rows of an update
     * have fewer numbers than their product: {@code rows (in + out) < in out}.
     */
    public static Set<String> of(Recipe recipe) {
        Set<String> linear = new HashSet<>();
        for (Step step : recipe.network().nodes()) {
            if (step instanceof LayerStep layer && layer.layer() instanceof Linear) {
                linear.add(new ParameterName(step.name(), "weight").toString());
            }
        }
        long rows = (long) recipe.batch() * recipe.accumulate();
        Set<String> factored = new LinkedHashSet<>();
        for (ParameterSpec spec : recipe.network().parameters(recipe.inputs(recipe.batch()))) {
            Shape shape = spec.shape();
            if (linear.contains(spec.name())
                    && spec.isTrained()
                    && rows * (shape.dim(0) + shape.dim(1)) < shape.elements()) {
                factored.add(spec.name());
            }
        }
        return factored;
    }
}

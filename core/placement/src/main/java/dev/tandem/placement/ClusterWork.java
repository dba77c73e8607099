package dev.tandem.placement;

import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import java.util.List;
import java.util.Set;

/**
 * What there is to compute and to exchange when a recipe is trained over a cluster.
 *
 * @param batch images of a batch, over all workers
 * @param accumulate batches of an update
 * @param flopsPerImage of a training step
 * @param factoredFlopsPerImage of these, for products of factors
 * @param parameterBytes of parameters
 * @param stateBytes of everything that several local steps exchange: parameters, states and what the optimizer keeps
 * @param gradientBytes of everything that a single step exchanges: gradients, as factors of all rows where these are
 *     smaller, and states
 * @param sharedGradientBytes of these, what every worker has in full; of factors it has those of its own rows
 */
public record ClusterWork(
        int batch,
        int accumulate,
        double flopsPerImage,
        double factoredFlopsPerImage,
        long parameterBytes,
        long stateBytes,
        long gradientBytes,
        long sharedGradientBytes) {
    /** The work of training {@code recipe}. */
    public static ClusterWork of(Recipe recipe) {
        List<Shape> image = recipe.inputs(1);
        DeviceForecast cost = Forecast.of(recipe.network(), image, recipe.training(), Strategy.SINGLE::table, 1)
                .devices()
                .get(0);
        Set<String> factored = FactoredWeights.of(recipe);
        long rows = (long) recipe.batch() * recipe.accumulate();
        long parameters = 0;
        long trained = 0;
        long shared = 0;
        long factors = 0;
        long products = 0;
        for (ParameterSpec spec : recipe.network().parameters(image)) {
            Shape shape = spec.shape();
            parameters += shape.elements();
            trained += spec.isTrained() ? shape.elements() : 0;
            if (factored.contains(spec.name())) {
                factors += rows * (shape.dim(0) + shape.dim(1));
                products += shape.elements();
            } else if (spec.isTrained() || spec.isState()) {
                shared += shape.elements();
            }
        }
        return new ClusterWork(
                recipe.batch(),
                recipe.accumulate(),
                2.0 * cost.multiplyAdds(),
                2.0 * products,
                Float.BYTES * parameters,
                Float.BYTES * (parameters + trained * recipe.training().state().size()),
                Float.BYTES * (shared + factors),
                Float.BYTES * shared);
    }
}

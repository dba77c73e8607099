package dev.tandem.placement;

import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Training;
import dev.tandem.spi.Shape;
import java.util.List;

/**
 * What there is to compute and to exchange when a network is trained over a cluster.
 *
 * @param batch images of a step, over all workers
 * @param flopsPerImage of a training step
 * @param factoredFlopsPerImage of these, for products of factors
 * @param parameterBytes of parameters
 * @param stateBytes of everything that several local steps exchange: parameters, the optimizer's state and other states
 * @param gradientBytes of everything that a single step exchanges: gradients, as factors of all rows of the batch where
 *     these are smaller, and states
 * @param sharedGradientBytes of these, what every worker has in full; of factors it has those of its own rows
 */
public record ClusterWork(
        int batch,
        double flopsPerImage,
        double factoredFlopsPerImage,
        long parameterBytes,
        long stateBytes,
        long gradientBytes,
        long sharedGradientBytes) {
    /**
     * The work of training {@code network}.
     *
     * @param samples the shape of a sample of each input, without the batch axis
     * @param batch images of a step, over all workers
     */
    public static ClusterWork of(Network network, List<Shape> samples, Training training, int batch) {
        List<Shape> inputs = samples.stream().map(sample -> sample.batchOf(1)).toList();
        DeviceForecast image = Forecast.of(network, inputs, training, Strategy.SINGLE::table, 1)
                .devices()
                .get(0);
        long shared = 0;
        long factors = 0;
        long products = 0;
        for (ParameterSpec spec : network.parameters(inputs)) {
            long bytes = spec.shape().elements() * Float.BYTES;
            if (isFactored(spec, batch)) {
                factors += factorBytes(spec.shape(), batch);
                products += spec.shape().elements();
            } else if (spec.isTrained() || spec.isState()) {
                shared += bytes;
            }
        }
        return new ClusterWork(
                batch,
                2.0 * image.multiplyAdds(),
                2.0 * products,
                image.parameterBytes(),
                image.parameterBytes() + image.momentumBytes(),
                shared + factors,
                shared);
    }

    /**
     * Whether the gradient with respect to a parameter is exchanged as its factors, inputs and output gradients of all
     * rows of the batch: that of weights {@code (out, in)} of a fully-connected layer, if they are smaller.
     */
    static boolean isFactored(ParameterSpec spec, int batch) {
        Shape shape = spec.shape();
        return spec.isTrained() && shape.rank() == 2 && factorBytes(shape, batch) < shape.elements() * Float.BYTES;
    }

    private static long factorBytes(Shape weights, int batch) {
        return (long) batch * (weights.dim(0) + weights.dim(1)) * Float.BYTES;
    }
}

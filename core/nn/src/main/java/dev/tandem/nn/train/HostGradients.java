package dev.tandem.nn.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a training batch gives before the update, in Java's memory: to be exchanged with other processes, which have other
 * rows of the batch.
 *
 * @param gradients with respect to trained parameters, row-major, by name; those that the loss does not depend on are
 *     missing
 * @param factors the gradients that were left as factors, by the name of the parameter
 * @param states the new values of states, such as running statistics, row-major, by name
 * @param loss the mean loss of the rows
 */
public record HostGradients(
        Map<String, float[]> gradients, Map<String, Factors> factors, Map<String, float[]> states, double loss) {
    public HostGradients {
        gradients = Collections.unmodifiableMap(new LinkedHashMap<>(gradients));
        factors = Collections.unmodifiableMap(new LinkedHashMap<>(factors));
        states = Collections.unmodifiableMap(new LinkedHashMap<>(states));
    }

    /**
     * The gradient with respect to the weights {@code (out, in)} of a fully-connected layer, not multiplied out:
     * {@code outputGradients^T inputs}. Those of several parts of a batch are joined row by row.
     *
     * @param rows rows of the batch
     * @param inputs {@code (rows, in)}, row-major
     * @param outputGradients {@code (rows, out)}, row-major
     */
    public record Factors(int rows, float[] inputs, float[] outputGradients) {}
}

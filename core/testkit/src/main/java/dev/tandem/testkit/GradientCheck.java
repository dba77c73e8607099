package dev.tandem.testkit;

import dev.tandem.nn.layer.Layer;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * Compares a layer's gradients, with respect to its input and each parameter, with central differences in double
 * precision on the reference backend, in training mode:
 *
 * <pre>{@code GradientCheck.of(layer, Shape.of(2, 3, 5, 5)).check();}</pre>
 *
 * <p>Every number is moved up and down once, so shapes should be small. A layer with a kink (ReLU at 0) fails if a
 * number lies within 1e-5 of it, by chance; then try another seed.
 */
public final class GradientCheck {
    /** The greatest error allowed, as {@link Agreement} measures it; differences are good to about 1e-9. */
    public static final double TOLERANCE = 1e-6;

    private static final double STEP = 1e-5;

    private final LayerTrial trial;

    private GradientCheck(LayerTrial trial) {
        this.trial = trial;
    }

    /** A check of {@code layer} on standard normal inputs of shape {@code input}, which includes the batch axis. */
    public static GradientCheck of(Layer layer, Shape input) {
        return new GradientCheck(new LayerTrial(layer, input, 2012, x -> x));
    }

    /** With other numbers. */
    public GradientCheck seed(long seed) {
        return new GradientCheck(new LayerTrial(trial.layer(), trial.input(), seed, trial.inputs()));
    }

    /** With standard normal numbers turned into inputs by {@code f}: for layers that are not defined everywhere. */
    public GradientCheck inputs(DoubleUnaryOperator f) {
        return new GradientCheck(new LayerTrial(trial.layer(), trial.input(), trial.seed(), f));
    }

    /**
     * Checks all gradients.
     *
     * @throws AssertionError naming the first input or parameter whose gradient is off, and its worst element
     */
    public void check() {
        Device device = LayerTrial.reference();
        Map<String, double[]> numbers = trial.numbers();
        trial.train(device, numbers)
                .gradients()
                .forEach((name, gradient) -> Agreement.require(
                        trial + ": gradient with respect to " + name,
                        gradient,
                        differences(device, numbers, numbers.get(name)),
                        TOLERANCE));
    }

    /**
     * {@code (loss(v + h) - loss(v - h)) / 2h} for each number {@code v} of {@code values}, which are among the
     * numbers.
     */
    private double[] differences(Device device, Map<String, double[]> numbers, double[] values) {
        double[] differences = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            double value = values[i];
            values[i] = value + STEP;
            double above = trial.loss(device, numbers);
            values[i] = value - STEP;
            double below = trial.loss(device, numbers);
            values[i] = value;
            differences[i] = (above - below) / (2 * STEP);
        }
        return differences;
    }
}

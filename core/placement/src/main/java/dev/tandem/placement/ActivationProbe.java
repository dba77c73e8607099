package dev.tandem.placement;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.train.ActivationHealth;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.UnaryFunction;

/** Counts dead and saturated units of an activation's output. */
final class ActivationProbe {
    /** A unit is saturated if the derivative is below this share of its greatest. */
    private static final double SATURATED_BELOW = 0.05;

    private ActivationProbe() {}

    static ActivationHealth of(UnaryFunction function, Value output) {
        return switch (function) {
            case RELU -> new ActivationHealth(deadShare(output.tensor()), 0);
            case TANH, SIGMOID -> new ActivationHealth(0, saturatedShare(function, output.tensor()));
            default -> new ActivationHealth(0, 0);
        };
    }

    /** A ReLU's outputs are never below 0, so a unit whose sum over the batch is 0 was 0 for each image. */
    private static double deadShare(Tensor output) {
        Shape units = output.shape().with(0, 1);
        int dead = 0;
        for (float sum : output.device().reductions().sumTo(output, units).read()) {
            dead += sum == 0 ? 1 : 0;
        }
        return dead / (double) units.elements();
    }

    private static double saturatedShare(UnaryFunction function, Tensor output) {
        double greatest = function == UnaryFunction.TANH ? 1 : 0.25;
        int saturated = 0;
        for (float y : output.read()) {
            saturated += function.derivative(y) < SATURATED_BELOW * greatest ? 1 : 0;
        }
        return saturated / (double) output.shape().elements();
    }
}

package dev.tandem.nn.optimizer;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Device;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.Map;

/**
 * One update of one parameter, or of a shard of it, as an {@link Optimizer} sees it. Values are constants with all
 * operators. {@link #set} and {@link #setState} replace elements in place, so that a value taken before shows the new
 * ones.
 */
public final class ParameterUpdate {
    private final Tensor parameter;
    private final Tensor gradient;
    private final Map<String, Tensor> state;
    private final double learningRate;
    private final double decayMultiplier;
    private final long number;

    /**
     * An update.
     *
     * @param parameter the parameter
     * @param gradient the gradient of the loss with respect to it
     * @param state what the optimizer keeps for it, by name
     * @param learningRate its learning rate
     * @param decayMultiplier what weight decay is multiplied by
     * @param number the number of the update since the start of the run, from 1
     */
    public ParameterUpdate(
            Tensor parameter,
            Tensor gradient,
            Map<String, Tensor> state,
            double learningRate,
            double decayMultiplier,
            long number) {
        this.parameter = parameter;
        this.gradient = gradient;
        this.state = Map.copyOf(state);
        this.learningRate = learningRate;
        this.decayMultiplier = decayMultiplier;
        this.number = number;
    }

    /** The parameter. */
    public Value value() {
        return Value.constant(parameter);
    }

    /** The gradient of the loss with respect to the parameter. */
    public Value gradient() {
        return Value.constant(gradient);
    }

    /** What {@link Optimizer#state} calls {@code name}. */
    public Value state(String name) {
        return Value.constant(named(name));
    }

    private Tensor named(String name) {
        Tensor found = state.get(name);
        if (found == null) {
            throw TandemException.argument(
                    "optimizer",
                    "unknown state",
                    name,
                    "one of " + state.keySet(),
                    "Name it in the optimizer's state()");
        }
        return found;
    }

    /** Replaces the parameter. */
    public void set(Value changed) {
        device().memory().assign(parameter, changed.tensor());
    }

    /** Replaces what {@link Optimizer#state} calls {@code name}. */
    public void setState(String name, Value changed) {
        device().memory().assign(named(name), changed.tensor());
    }

    /** The device that has the parameter. */
    public Device device() {
        return parameter.device();
    }

    /** The learning rate of this update, with the multiplier of the parameter. */
    public double learningRate() {
        return learningRate;
    }

    /** What the optimizer's weight decay is multiplied by for this parameter: 1, or often 0 for biases. */
    public double decayMultiplier() {
        return decayMultiplier;
    }

    /** The number of this update since the start of the run, from 1. */
    public long number() {
        return number;
    }
}

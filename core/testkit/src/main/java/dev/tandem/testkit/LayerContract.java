package dev.tandem.testkit;

import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ChannelShard;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/**
 * Checks that a layer is what it declares, and that it computes the same on every device:
 *
 * <pre>{@code LayerContract.of(layer, Shape.of(2, 4, 5, 5)).check(device);}</pre>
 */
public final class LayerContract {
    private final LayerTrial trial;

    private LayerContract(LayerTrial trial) {
        this.trial = trial;
    }

    /**
     * The contract of {@code layer} on standard normal inputs of shape {@code input}, which includes the batch axis.
     */
    public static LayerContract of(Layer layer, Shape input) {
        return new LayerContract(new LayerTrial(layer, input, 2012, x -> x));
    }

    /** With other numbers. */
    public LayerContract seed(long seed) {
        return new LayerContract(new LayerTrial(trial.layer(), trial.input(), seed, trial.inputs()));
    }

    /** With standard normal numbers turned into inputs by {@code f}: for layers that are not defined everywhere. */
    public LayerContract inputs(DoubleUnaryOperator f) {
        return new LayerContract(new LayerTrial(trial.layer(), trial.input(), trial.seed(), f));
    }

    /**
     * Checks on the reference that parameter names differ, that only states are replaced in training, that the declared output shape is the real one in training
     * and in inference, and that the shards of either half of its channels compute that half of its outputs; then on
     * each of {@code devices}, that outputs, gradients and new states are the reference's to 1e-5.
     *
     * @throws AssertionError naming what is not so
     */
    public void check(Device... devices) {
        Device reference = LayerTrial.reference();
        Map<String, double[]> numbers = trial.numbers();
        requireDistinctNames();
        LayerTrial.Outcome training = trial.train(reference, numbers);
        LayerTrial.Outcome inference = trial.infer(reference, numbers);
        requireStates(training.states());
        requireDeclaredShape("training", training.shape());
        requireDeclaredShape("inference", inference.shape());
        if (trial.input().rank() > 1 && training.shape().rank() > 1) {
            int channels = training.shape().dim(1);
            for (int half = 0; half < 2 && channels > 1; half++) {
                requireShard(reference, numbers, inference, ChannelRange.shard(channels, half, 2));
            }
        }
        for (Device device : devices) {
            LayerTrial.Outcome there = trial.train(device, numbers);
            requireSame(device, "output in training", there.output(), training.output());
            training.gradients()
                    .forEach((name, expected) -> requireSame(
                            device,
                            "gradient with respect to " + name,
                            there.gradients().get(name),
                            expected));
            training.states()
                    .forEach((name, expected) -> requireSame(
                            device, "new state " + name, there.states().get(name), expected));
            requireSame(
                    device, "output in inference", trial.infer(device, numbers).output(), inference.output());
        }
    }

    private void requireDistinctNames() {
        Set<String> names = new HashSet<>(Set.of(LayerTrial.INPUT));
        for (ParameterSpec spec : trial.layer().parameters(trial.input())) {
            if (!names.add(spec.name())) {
                throw new AssertionError(trial + ": two parameters, or the input, are called " + spec.name());
            }
        }
    }

    private void requireStates(Map<String, double[]> replaced) {
        for (ParameterSpec spec : trial.layer().parameters(trial.input())) {
            if (!spec.isState() && replaced.containsKey(spec.name())) {
                throw new AssertionError(trial + ": replaces " + spec.name() + ", which is not declared as a state");
            }
        }
    }

    private void requireDeclaredShape(String mode, Shape actual) {
        Shape declared = trial.layer().outputShape(trial.input());
        if (!declared.equals(actual)) {
            throw new AssertionError(
                    trial + ": declares outputs of shape " + declared + ", but in " + mode + " gave " + actual);
        }
    }

    /** Checks the layer's shard for the channels of {@code range}. */
    private void requireShard(
            Device reference, Map<String, double[]> numbers, LayerTrial.Outcome whole, ChannelRange range) {
        ChannelShard shard = trial.layer().shard(range, trial.input());
        if (shard != null) {
            Agreement.require(
                    trial + ": its shard for channels " + range.from() + " to " + (range.to() - 1),
                    trial.inferShard(
                            reference, numbers, shard, range, whole.shape().dim(1)),
                    along1(whole.output(), whole.shape(), range),
                    1e-12);
        }
    }

    /** The elements of the channels of {@code range}. */
    private static double[] along1(double[] values, Shape shape, ChannelRange range) {
        int block = Math.toIntExact(shape.stride(0));
        int first = Math.toIntExact(shape.stride(1)) * range.from();
        int kept = Math.toIntExact(shape.stride(1)) * range.length();
        double[] part = new double[shape.dim(0) * kept];
        for (int n = 0; n < shape.dim(0); n++) {
            System.arraycopy(values, n * block + first, part, n * kept, kept);
        }
        return part;
    }

    private void requireSame(Device device, String what, double[] actual, double[] expected) {
        Agreement.require(trial + " on " + device.id() + ": " + what, actual, expected, 1e-5);
    }
}

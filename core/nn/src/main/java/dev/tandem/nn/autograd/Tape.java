package dev.tandem.nn.autograd;

import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Records operations on {@linkplain #variable variables} and replays their gradients in reverse.
 *
 * <p>A tape serves one forward and one backward pass, inside the {@link dev.tandem.spi.TensorScope} of its step.
 */
public final class Tape {
    /**
     * A recorded operation.
     *
     * @param backward adds to the gradients of the inputs, given the gradient with respect to {@code output}; returns
     *     whether an input now owns that tensor
     * @param layer the layer that is profiled
     */
    private record Operation(Value output, Predicate<Tensor> backward, String layer) {}

    private final List<Operation> operations = new ArrayList<>();

    /** A value whose gradient is wanted: a parameter, or an input under test. */
    public Value variable(Tensor tensor) {
        return new Value(tensor, this);
    }

    Value record(Tensor out, Backward backward, Value... inputs) {
        for (Value input : inputs) {
            input.use();
        }
        return record(out, dy -> {
            Tensor[] gradients = backward.gradients(dy);
            requireOneEach(gradients, inputs);
            boolean passedOn = false;
            for (int k = 0; k < gradients.length; k++) {
                if (gradients[k] == null) {
                    continue;
                }
                requireShape(gradients[k], inputs[k]);
                if (inputs[k].isOnTape()) {
                    passedOn |= gradients[k] == dy;
                    inputs[k].gradientSum().add(gradients[k]);
                } else if (gradients[k] != dy) {
                    gradients[k].close();
                }
            }
            return passedOn;
        });
    }

    private static void requireOneEach(Tensor[] gradients, Value... inputs) {
        if (gradients == null || gradients.length != inputs.length) {
            throw TandemException.argument(
                    "backward",
                    "an operation returns another number of gradients than it has inputs",
                    gradients == null ? "null" : gradients.length,
                    inputs.length,
                    "Return one for each input, null where none is needed");
        }
    }

    private static void requireShape(Tensor gradient, Value input) {
        if (!gradient.shape().equals(input.shape())) {
            throw TandemException.argument(
                    "backward",
                    "the gradient with respect to an input has another shape",
                    gradient.shape(),
                    input.shape(),
                    "Sum it over the axes along which the operation repeats the input");
        }
    }

    /** Records that {@code out} is the range of {@code whole} from {@code start} on along {@code axis}. */
    Value recordSlice(Tensor out, Value whole, int axis, int start) {
        whole.use();
        return record(out, dy -> {
            whole.gradientSum().add(axis, start, dy);
            return true;
        });
    }

    private Value record(Tensor out, Predicate<Tensor> backward) {
        Value output = new Value(out, this);
        operations.add(
                new Operation(output, backward, out.device().profile().place().layer()));
        return output;
    }

    /**
     * Computes the gradient of {@code loss}, one element, with respect to every variable that it depends on:
     * {@link Value#gradient()}.
     */
    public void backward(Value loss) {
        if (loss.shape().elements() != 1) {
            throw TandemException.argument(
                    "backward",
                    "the loss is not one number",
                    loss.shape(),
                    Shape.scalar(),
                    "Take the mean or the sum first");
        }
        backward(loss, loss.tensor().device().filled(loss.shape(), 1));
    }

    /**
     * As {@link #backward(Value)}, from a given gradient with respect to {@code output}; the tape owns it afterwards.
     */
    public void backward(Value output, Tensor gradient) {
        if (output.tape() != this) {
            throw TandemException.argument(
                    "backward",
                    "not recorded on this tape",
                    output,
                    "a value computed from this tape's variables",
                    "Compute it inside a training context");
        }
        output.use();
        output.gradientSum().add(gradient);
        for (int i = operations.size() - 1; i >= 0; i--) {
            Operation operation = operations.get(i);
            Tensor dy = operation.output().gradientSum().take();
            if (dy == null) {
                continue;
            }
            // Time spent on the gradients is attributed to the layer whose operation it is.
            dy.device().profile().at(operation.layer(), Profile.Phase.BACKWARD);
            if (!operation.backward().test(dy)) {
                dy.close();
            }
        }
        operations.clear();
    }
}

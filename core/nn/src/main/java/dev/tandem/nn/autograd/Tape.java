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
    /** Turns the gradient by an operation's output into gradients by its inputs, each of which it alone may change. */
    @FunctionalInterface
    interface Backward {
        /** One entry per input, null where the input needs none; {@code dy} may be overwritten or passed on, once. */
        Tensor[] gradients(Tensor dy);
    }

    /** {@code backward} takes the gradient by {@code output} to the inputs, and tells whether it was passed on as it is. */
    private record Operation(Value output, Predicate<Tensor> backward, String layer) {}

    private final List<Operation> operations = new ArrayList<>();

    /** A value whose gradient is wanted: a parameter, or an input under test. */
    public Value variable(Tensor tensor) {
        return new Value(tensor, this);
    }

    Value record(Tensor out, Backward backward, Value... inputs) {
        return record(out, dy -> {
            Tensor[] gradients = backward.gradients(dy);
            boolean passedOn = false;
            for (int k = 0; k < gradients.length; k++) {
                if (gradients[k] != null) {
                    passedOn |= gradients[k] == dy;
                    inputs[k].accumulate(gradients[k]);
                }
            }
            return passedOn;
        });
    }

    /** {@code out} is a range of {@code whole}: its gradient is one by that range. */
    Value recordSlice(Tensor out, Value whole, int axis, int start) {
        return record(out, dy -> {
            whole.accumulate(new Value.Part(axis, start, dy));
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
     * Computes the gradient of {@code loss}, one element, by every variable it depends on; read it with
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

    /** As {@link #backward(Value)}, starting from a given gradient by {@code output}, which is consumed. */
    public void backward(Value output, Tensor gradient) {
        if (output.tape() != this) {
            throw TandemException.argument(
                    "backward",
                    "not recorded on this tape",
                    output,
                    "a value computed from this tape's variables",
                    "Compute it inside a training context");
        }
        output.accumulate(gradient);
        for (int i = operations.size() - 1; i >= 0; i--) {
            Operation operation = operations.get(i);
            Tensor dy = operation.output().takeGradient();
            if (dy == null) {
                continue;
            }
            // Time spent on the gradients counts for what the operation was for.
            dy.device().profile().at(operation.layer(), Profile.Phase.BACKWARD);
            if (!operation.backward().test(dy)) {
                dy.close();
            }
        }
        operations.clear();
    }
}

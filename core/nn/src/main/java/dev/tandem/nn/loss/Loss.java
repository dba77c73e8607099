package dev.tandem.nn.loss;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * What training makes small: a number for each row of a batch. A lambda is a loss, written with the operators of
 * {@link Value}; its gradient follows from them. The step's loss is the mean over the rows, weighted if classes have
 * weights.
 */
@FunctionalInterface
public interface Loss {
    /**
     * The loss of each row, {@code (N)}.
     *
     * @param output the network's output {@code (N, ...)}
     * @param target what it should be
     */
    Value of(Value output, Target target);

    /**
     * As {@link #of(Value, Target)}, for a network of several outputs.
     *
     * @param outputs in the order of the network's outputs
     */
    default Value of(List<Value> outputs, Target target) {
        if (outputs.size() != 1) {
            throw TandemException.argument(
                    "loss",
                    "it is of one output",
                    outputs.size() + " outputs",
                    "1",
                    "Implement of(List, Target) to say how the losses of several outputs are added");
        }
        return of(outputs.get(0), target);
    }

    /**
     * What the network predicts by {@code output}, of the same number of rows: by default, the output itself. If the
     * targets are labels, each row has a number a class, of which the greatest is the predicted class; evaluation takes
     * them as probabilities.
     */
    default Value prediction(Value output) {
        return output;
    }
}

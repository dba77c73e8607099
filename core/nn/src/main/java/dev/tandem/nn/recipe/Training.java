package dev.tandem.nn.recipe;

import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.optimizer.Optimizer;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/**
 * What a model is trained with.
 *
 * @param loss what is made small
 * @param optimizer how gradients change parameters
 * @param clipNorm the greatest Euclidean length of all gradients of an update together; longer ones are shortened to
 *     it. 0: they are left as they are
 * @param averageDecay the share that is kept of a running average of the parameters at each update, 0 to below 1:
 *     inference uses the average then, with the latest states, such as running statistics, as PyTorch's
 *     {@code AveragedModel} does. 0: there is none
 */
public record Training(Loss loss, Optimizer optimizer, double clipNorm, double averageDecay) {
    /** The name of the running average among the {@link #state}. */
    public static final String AVERAGE = "average";

    private static final String STATE_NAMES = "[a-z][a-z0-9-]*";

    public Training {
        if (loss == null || optimizer == null) {
            throw TandemException.argument(
                    "training", "a part is missing", "loss " + loss + ", optimizer " + optimizer, "both", "");
        }
        if (!(clipNorm >= 0 && clipNorm < Double.POSITIVE_INFINITY) || !(averageDecay >= 0 && averageDecay < 1)) {
            throw TandemException.argument(
                    "training",
                    "a number out of range",
                    "clip norm " + clipNorm + ", average decay " + averageDecay,
                    "a finite norm of 0 or more, a decay of 0 to below 1",
                    "Use 0 for none");
        }
        List<String> names = optimizer.state();
        if (names.contains(AVERAGE)
                || new HashSet<>(names).size() < names.size()
                || !names.stream().allMatch(name -> name.matches(STATE_NAMES))) {
            throw TandemException.argument(
                    "optimizer",
                    "names of its state that cannot be used",
                    names,
                    "different words of small letters other than " + AVERAGE,
                    "");
        }
    }

    /** A loss and an optimizer, and nothing else. */
    public Training(Loss loss, Optimizer optimizer) {
        this(loss, optimizer, 0, 0);
    }

    /** The paper's: cross-entropy by momentum SGD (section 5). */
    public static Training paper() {
        return new Training(CrossEntropy.plain(), Sgd.paper());
    }

    /** With another loss. */
    public Training withLoss(Loss other) {
        return new Training(other, optimizer, clipNorm, averageDecay);
    }

    /** With another optimizer. */
    public Training withOptimizer(Optimizer other) {
        return new Training(loss, other, clipNorm, averageDecay);
    }

    /** With all gradients of an update shortened together to this length if they are longer; 0 for none. */
    public Training withClipNorm(double most) {
        return new Training(loss, optimizer, most, averageDecay);
    }

    /** With a running average of the parameters for inference, of which an update keeps this share; 0 for none. */
    public Training withAverageDecay(double kept) {
        return new Training(loss, optimizer, clipNorm, kept);
    }

    /** The names of what is kept for each trained parameter. */
    public List<String> state() {
        List<String> names = new ArrayList<>(optimizer.state());
        if (averageDecay > 0) {
            names.add(AVERAGE);
        }
        return List.copyOf(names);
    }
}

package dev.tandem.weights.published;

import dev.tandem.spi.Shape;
import java.util.Locale;
import java.util.Optional;

/**
 * What became of a parameter's tensors.
 *
 * @param parameter its name in the recipe's network
 * @param shape its shape there
 * @param tensors the tensors in the file
 * @param stored their shape in the file
 * @param note what was done to them, in words; empty if they were taken as they are
 * @param mean of the elements
 * @param deviation the standard deviation of the elements
 */
public record TensorReport(
        String parameter, Shape shape, String tensors, Shape stored, String note, double mean, double deviation) {
    /** A layer's weights make its signal larger or smaller by the deviation times the root of the inputs. */
    private static final double LEAST_GAIN = 0.03;

    private static final double MOST_GAIN = 30;

    static TensorReport of(ParameterSource source, float[] elements) {
        double sum = 0;
        double squares = 0;
        for (float element : elements) {
            sum += element;
            squares += (double) element * element;
        }
        double mean = sum / elements.length;
        boolean same = isConstant(elements); // as the difference of sums is only nearly 0 then
        double variance = same ? 0 : Math.max(0, squares / elements.length - mean * mean);
        Shape stored = source.pieces().get(0).tensor().shape();
        return new TensorReport(
                source.parameter(), source.shape(), source.tensors(), stored, source.note(), mean, Math.sqrt(variance));
    }

    private static boolean isConstant(float[] elements) {
        for (float element : elements) {
            if (element != elements[0]) {
                return false;
            }
        }
        return true;
    }

    boolean isWeight() {
        return shape.rank() > 1;
    }

    /** Whether all elements, of two or more, are the same. */
    boolean isConstant() {
        return deviation == 0 && shape.elements() > 1;
    }

    /** What is odd about the spread of its elements; empty if nothing is. */
    Optional<String> warning() {
        if (isConstant()) {
            return Optional.of(parameter + " is " + mean + " everywhere");
        }
        double gain = isWeight() ? deviation * Math.sqrt(shape.withoutBatch().elements()) : 1;
        if (gain >= LEAST_GAIN && gain <= MOST_GAIN) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "%s has a standard deviation of %.3g, %s than in any published net: the answers may be nonsense",
                parameter,
                deviation,
                gain < LEAST_GAIN ? "smaller" : "greater"));
    }
}

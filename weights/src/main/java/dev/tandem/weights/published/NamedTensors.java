package dev.tandem.weights.published;

import dev.tandem.weights.tensor.StoredTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors of a file under the names that parameters have in Tandem's recipes.
 *
 * @param net what names its tensors so, in words
 * @param recipe the recipe of such a net
 * @param parameters the tensors of each parameter: one, or one for each group
 * @param others tensors beside the net's, such as an optimizer's
 * @param arrangements in which order convolutions and matrices keep their weights; empty to go by their shapes
 * @param conversion what else is done to them
 */
record NamedTensors(
        String net,
        String recipe,
        Map<String, List<StoredTensor>> parameters,
        List<StoredTensor> others,
        Optional<Arrangements> arrangements,
        Conversion conversion) {
    /** The arrangement of convolutions' weights, and that of matrices. */
    record Arrangements(Arrangement kernels, Arrangement matrices) {
        static final Arrangements OWN =
                new Arrangements(Arrangement.OUT_IN_HEIGHT_WIDTH, Arrangement.OUT_IN_HEIGHT_WIDTH);
        static final Arrangements TENSORFLOW =
                new Arrangements(Arrangement.HEIGHT_WIDTH_IN_OUT, Arrangement.HEIGHT_WIDTH_IN_OUT);
        static final Arrangements MATLAB =
                new Arrangements(Arrangement.OUT_IN_WIDTH_HEIGHT, Arrangement.OUT_IN_WIDTH_HEIGHT);
        static final Arrangements THEANO = new Arrangements(Arrangement.OUT_IN_HEIGHT_WIDTH, Arrangement.IN_OUT);
    }

    /**
     * What is done to weights.
     *
     * @param blueFirst whether the first convolution expects blue, green, red
     * @param turned whether kernels are turned by 180 degrees, as true convolution has them
     * @param factors what parameters are multiplied by, by name; the others by 1
     */
    record Conversion(boolean blueFirst, boolean turned, Map<String, Float> factors) {
        static final Conversion NONE = new Conversion(false, false, Map.of());
        static final Conversion BLUE_FIRST = new Conversion(true, false, Map.of());
    }

    NamedTensors {
        parameters = new LinkedHashMap<>(parameters);
        others = List.copyOf(others);
    }

    /** The same with weights as they are. */
    NamedTensors asTheyAre() {
        return new NamedTensors(net, recipe, parameters, others, arrangements, Conversion.NONE);
    }
}

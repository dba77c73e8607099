package dev.tandem.weights.published;

import dev.tandem.weights.matlab.MatFile;
import dev.tandem.weights.onnx.OnnxFile;
import dev.tandem.weights.published.NamedTensors.Arrangements;
import dev.tandem.weights.published.NamedTensors.Conversion;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Caffe's names of layers, conv1 to fc8, with a word or number for weights and biases behind them: those of Caffe's own
 * files, of dictionaries made from them for TensorFlow, of MatConvNet, of ONNX's zoo, and of heuritech's Keras, whose
 * groups are layers of their own.
 */
final class CaffeNames {
    static final String NET = "Caffe's AlexNet";

    static final String CAFFE = "caffe";
    static final String CAFFENET = "caffenet";

    /** What is before the layer's name, its name, the group if it is a layer of its own, weights or biases. */
    private static final Pattern NAME = Pattern.compile("(|.*[./:])(conv|fc|dense)_?([1-8])(?:_([12]))?[._/-]?"
            + "(weights?|biases|bias|filters|kernel|W|w|b|f|0|1)(?:_0|:0)?");

    /** The last layer under the name that people give it who train it anew, and weights or biases. */
    private static final Pattern RENAMED = Pattern.compile(
            "((?:|.*[./:])fc8[_-][^./:]+)[./]" + "(weights?|biases|bias|filters|kernel|W|w|b|f|0|1)(?:_0|:0)?");

    private static final String LAST = "fc8";

    private static final Pattern HEURITECH = Pattern.compile("(|.*[./])(conv_2_1|dense_1)[._/].*");
    private static final List<String> WEIGHTS = List.of("weights", "weight", "filters", "kernel", "W", "w", "f", "0");
    private static final int CONVOLUTIONS = 5;

    /** What Keras calls dense_1 is fc6. */
    private static final int BEFORE_DENSE = 5;

    private CaffeNames() {}

    static Optional<NamedTensors> of(TensorFile file) {
        boolean isMatlab = file.format().equals(MatFile.FORMAT);
        boolean heuritech = file.tensors().stream()
                .anyMatch(tensor -> HEURITECH.matcher(tensor.name()).matches());
        Map<String, Map<Integer, StoredTensor>> found = new LinkedHashMap<>();
        List<StoredTensor> others = new ArrayList<>();
        for (StoredTensor tensor : file.tensors()) {
            Matcher name = NAME.matcher(tensor.name());
            String parameter = name.matches() ? parameter(name) : null;
            if (tensor.name().equals(PublishedInput.AVERAGE_IMAGE)) {
                continue;
            }
            if (parameter == null) {
                others.add(tensor);
                continue;
            }
            int group = name.group(4) == null ? 0 : Integer.parseInt(name.group(4));
            StoredTensor twice =
                    found.computeIfAbsent(parameter, ignored -> new TreeMap<>()).put(group, tensor);
            if (twice != null) {
                throw Misfit.of(
                        file.file(),
                        "two tensors for " + parameter,
                        twice.name() + " and " + tensor.name(),
                        "one",
                        "Save the net that you want in a file of its own");
            }
        }
        if (!found.containsKey("conv1.weight") || !found.containsKey("conv5.weight")) {
            return Optional.empty();
        }
        takeRenamed(found, others);
        Map<String, List<StoredTensor>> parameters = new LinkedHashMap<>();
        found.forEach((parameter, groups) -> parameters.put(parameter, List.copyOf(groups.values())));
        return Optional.of(
                heuritech
                        ? new NamedTensors(
                                "heuritech's AlexNet for Keras",
                                CAFFENET,
                                parameters,
                                others,
                                Optional.of(Arrangements.THEANO),
                                Heuritech.CONVERSION)
                        : new NamedTensors(
                                NET,
                                recipe(isCaffenet(file)),
                                parameters,
                                others,
                                isMatlab ? Optional.of(Arrangements.MATLAB) : Optional.empty(),
                                isMatlab ? Conversion.NONE : Conversion.BLUE_FIRST));
    }

    /** The last layer of a net that was trained further, if it is the only one that is called {@code fc8_...}. */
    private static void takeRenamed(Map<String, Map<Integer, StoredTensor>> found, List<StoredTensor> others) {
        Map<String, Map<String, StoredTensor>> layers = new LinkedHashMap<>();
        for (StoredTensor tensor : others) {
            Matcher name = RENAMED.matcher(tensor.name());
            if (name.matches()) {
                layers.computeIfAbsent(name.group(1), ignored -> new LinkedHashMap<>())
                        .put(WEIGHTS.contains(name.group(2)) ? LAST + ".weight" : LAST + ".bias", tensor);
            }
        }
        Map<Integer, StoredTensor> before = found.get("fc7.bias");
        if (layers.size() != 1 || before == null || found.keySet().stream().anyMatch(name -> name.startsWith(LAST))) {
            return;
        }
        Map<String, StoredTensor> last = layers.values().iterator().next();
        StoredTensor weight = last.get(LAST + ".weight");
        long width = before.values().stream()
                .mapToLong(tensor -> tensor.shape().elements())
                .sum();
        if (weight != null && Arrays.stream(weight.shape().dims()).anyMatch(dim -> dim == width)) {
            last.forEach((parameter, tensor) -> found.put(parameter, Map.of(0, tensor)));
            others.removeAll(last.values());
        }
    }

    /** Caffe's second net pools before it normalizes. */
    static String recipe(boolean poolsFirst) {
        return poolsFirst ? CAFFENET : CAFFE;
    }

    private static String parameter(Matcher name) {
        int number = Integer.parseInt(name.group(3));
        String layer =
                switch (name.group(2)) {
                    case "conv" -> number <= CONVOLUTIONS ? "conv" + number : null;
                    case "fc" -> number > CONVOLUTIONS ? "fc" + number : null;
                    default -> number <= 3 ? "fc" + (number + BEFORE_DENSE) : null;
                };
        return layer == null ? null : layer + (WEIGHTS.contains(name.group(5)) ? ".weight" : ".bias");
    }

    /** By the net's own name, the order of its layers, or the file's name. */
    private static boolean isCaffenet(TensorFile file) {
        if (file instanceof OnnxFile graph && GraphOrder.normalizes(graph)) {
            return GraphOrder.poolsFirst(graph);
        }
        String layers = file.metadata().getOrDefault("layers", "").toLowerCase(Locale.ROOT);
        int pool = layers.indexOf("pool1");
        int norm = layers.indexOf("norm1");
        if (pool >= 0 && norm >= 0) {
            return pool < norm;
        }
        String net = file.metadata().getOrDefault("name", "").toLowerCase(Locale.ROOT);
        String name = String.valueOf(file.file().getFileName()).toLowerCase(Locale.ROOT);
        return net.contains(CAFFENET)
                || !net.contains("alexnet") && (name.contains(CAFFENET) || name.contains("caffe-ref"));
    }
}

package dev.tandem.weights.published;

import dev.tandem.weights.published.NamedTensors.Arrangements;
import dev.tandem.weights.published.NamedTensors.Conversion;
import dev.tandem.weights.tensor.StoredTensor;
import dev.tandem.weights.tensor.TensorFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * torchvision's names, also with something in front of all of them: {@code module.}, {@code model.}, {@code
 * state_dict.}. {@code module} may be inside, too, as PyTorch's parallel nets have it.
 */
final class TorchvisionNames {
    static final String NET = "torchvision's AlexNet";
    static final String RECIPE = "owt";

    private static final Map<String, String> LAYERS = Map.of(
            "features.0", "conv1",
            "features.3", "conv2",
            "features.6", "conv3",
            "features.8", "conv4",
            "features.10", "conv5",
            "classifier.1", "fc6",
            "classifier.4", "fc7",
            "classifier.6", "fc8");

    private static final Pattern MODULE = Pattern.compile("(^|\\.)module(?=\\.)");
    private static final Pattern NAME = Pattern.compile("(|.*\\.)((?:features|classifier)\\.\\d+)\\.(weight|bias)");
    private static final Set<String> REQUIRED = Set.of("features.0", "features.10");

    private TorchvisionNames() {}

    static Optional<NamedTensors> of(TensorFile file) {
        Set<String> prefixes = prefixes(file);
        if (prefixes.isEmpty()) {
            return Optional.empty();
        }
        if (prefixes.size() > 1) {
            throw Misfit.of(
                    file.file(),
                    "it holds several nets",
                    "names that begin with " + prefixes,
                    "one net",
                    "Save the one that you want in a file of its own");
        }
        String prefix = prefixes.iterator().next();
        Map<String, List<StoredTensor>> parameters = new LinkedHashMap<>();
        List<StoredTensor> others = new ArrayList<>();
        for (StoredTensor tensor : file.tensors()) {
            Matcher name = NAME.matcher(plain(tensor.name()));
            boolean isOfNet = name.matches() && name.group(1).equals(prefix);
            String layer = isOfNet ? LAYERS.get(name.group(2)) : null;
            if (layer != null) {
                parameters
                        .computeIfAbsent(layer + "." + name.group(3), ignored -> new ArrayList<>())
                        .add(tensor);
            } else if (isOfNet) {
                throw Misfit.of(
                        file.file(),
                        "a tensor that torchvision's AlexNet does not have",
                        tensor.name() + " " + tensor.shape(),
                        LAYERS.keySet().stream().sorted().collect(Collectors.joining(", ")),
                        "The file is of another net, which cannot be imported");
            } else {
                others.add(tensor);
            }
        }
        return Optional.of(
                new NamedTensors(NET, RECIPE, parameters, others, Optional.of(Arrangements.OWN), Conversion.NONE));
    }

    /** What the names of each net in the file begin with. */
    private static Set<String> prefixes(TensorFile file) {
        Map<String, Set<String>> layers = new LinkedHashMap<>();
        for (StoredTensor tensor : file.tensors()) {
            Matcher name = NAME.matcher(plain(tensor.name()));
            if (name.matches()) {
                layers.computeIfAbsent(name.group(1), ignored -> new TreeSet<>())
                        .add(name.group(2));
            }
        }
        layers.values().removeIf(found -> !found.containsAll(REQUIRED));
        return layers.keySet();
    }

    private static String plain(String name) {
        String without = MODULE.matcher(name).replaceAll("");
        return without.startsWith(".") ? without.substring(1) : without;
    }
}

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

/**
 * torchvision's names, also with something in front of all of them: {@code module.}, {@code model.}, {@code
 * state_dict.}. {@code module} may be inside, too, as PyTorch's parallel nets have it.
 */
final class TorchvisionNames {
    static final String NET = "torchvision's AlexNet";

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
            Optional<String> layer = isOfNet ? TorchvisionLayers.ofRecipe(name.group(2)) : Optional.empty();
            if (layer.isPresent()) {
                parameters
                        .computeIfAbsent(layer.get() + "." + name.group(3), ignored -> new ArrayList<>())
                        .add(tensor);
            } else if (isOfNet) {
                throw Misfit.of(
                        file.file(),
                        "a tensor that torchvision's AlexNet does not have",
                        tensor.name() + " " + tensor.shape(),
                        String.join(", ", TorchvisionLayers.names()),
                        "The file is of another net, which cannot be imported");
            } else {
                others.add(tensor);
            }
        }
        return Optional.of(new NamedTensors(
                NET, TorchvisionLayers.RECIPE, parameters, others, Optional.of(Arrangements.OWN), Conversion.NONE));
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

package dev.tandem.weights.published;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The layers with parameters of torchvision's AlexNet, under its names and under those of recipe {@code owt}. */
public final class TorchvisionLayers {
    /** The recipe that makes the same network. */
    public static final String RECIPE = "owt";

    private static final Map<String, String> OURS = new LinkedHashMap<>();
    private static final Map<String, String> THEIRS = new LinkedHashMap<>();

    static {
        add("features.0", "conv1");
        add("features.3", "conv2");
        add("features.6", "conv3");
        add("features.8", "conv4");
        add("features.10", "conv5");
        add("classifier.1", "fc6");
        add("classifier.4", "fc7");
        add("classifier.6", "fc8");
    }

    private TorchvisionLayers() {}

    private static void add(String theirs, String ours) {
        OURS.put(theirs, ours);
        THEIRS.put(ours, theirs);
    }

    /** The recipe's name of a layer of torchvision's; empty if its net has no such layer. */
    static Optional<String> ofRecipe(String torchvisions) {
        return Optional.ofNullable(OURS.get(torchvisions));
    }

    /** torchvision's name of a layer of the recipe's; empty if its net has no such layer. */
    public static Optional<String> ofTorchvision(String recipes) {
        return Optional.ofNullable(THEIRS.get(recipes));
    }

    /** torchvision's names, first layer first. */
    static List<String> names() {
        return List.copyOf(OURS.keySet());
    }
}

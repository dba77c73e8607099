package dev.tandem.weights.export.source;

import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.recipe.Recipe;
import java.util.Map;

/** The names that a recipe's parameters have where they were published. */
final class ParameterNames {
    private static final String TORCHVISION = "owt";

    private static final Map<String, String> TORCHVISION_LAYERS = Map.of(
            "conv1", "features.0",
            "conv2", "features.3",
            "conv3", "features.6",
            "conv4", "features.8",
            "conv5", "features.10",
            "fc6", "classifier.1",
            "fc7", "classifier.4",
            "fc8", "classifier.6");

    private ParameterNames() {}

    /** torchvision's name for {@code owt}; the others' own are Caffe's. */
    static String published(Recipe recipe, String parameter) {
        ParameterName name = ParameterName.parse(parameter);
        return recipe.name().equals(TORCHVISION)
                ? new ParameterName(TORCHVISION_LAYERS.getOrDefault(name.layer(), name.layer()), name.kind()).toString()
                : parameter;
    }
}

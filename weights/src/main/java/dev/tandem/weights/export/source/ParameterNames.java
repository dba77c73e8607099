package dev.tandem.weights.export.source;

import dev.tandem.nn.layer.ParameterName;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.weights.published.TorchvisionLayers;

/** The names that a recipe's parameters have where they were published. */
final class ParameterNames {
    private ParameterNames() {}

    /** torchvision's name for {@code owt}; the others' own are Caffe's. */
    static String published(Recipe recipe, String parameter) {
        ParameterName name = ParameterName.parse(parameter);
        return recipe.name().equals(TorchvisionLayers.RECIPE)
                ? new ParameterName(
                                TorchvisionLayers.ofTorchvision(name.layer()).orElse(name.layer()), name.kind())
                        .toString()
                : parameter;
    }
}

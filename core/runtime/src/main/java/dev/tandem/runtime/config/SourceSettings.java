package dev.tandem.runtime.config;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.ImageInput;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The settings that a run takes over with the weights that it begins with. */
final class SourceSettings {
    /** What all of ImageNet's classes are called. */
    private static final Pattern WNID = Pattern.compile("n\\d{8}");

    private SourceSettings() {}

    /**
     * The settings of a trained model.
     *
     * @param from {@code tandem.train.from}
     * @param recipe the recipe that is written; empty if the model's is taken. With another, the model's settings of its
     *     recipe are not taken
     */
    static SettingsLayer of(Path from, Optional<String> recipe) {
        try (PretrainedModel model = PretrainedModel.open(from)) {
            ModelDescription description = model.description();
            Map<String, Object> settings = new LinkedHashMap<>();
            if (recipe.isEmpty() || recipe.get().equals(description.recipe())) {
                settings.put(TandemConfig.RECIPE, description.recipe());
                settings.put("tandem.ablations", description.ablations());
                description
                        .settings()
                        .forEach((name, value) ->
                                settings.put("tandem.recipes." + description.recipe() + "." + name, value));
            }
            description
                    .input()
                    .ifPresent(input -> settings.put(
                            "tandem.images.resize",
                            input.preprocessing().resize().toString()));
            description.input().ifPresent(input -> settings.put("tandem.images.scaled", input.scaled()));
            description
                    .input()
                    .flatMap(input -> orientation(input, model.classNames()))
                    .ifPresent(value -> settings.put("tandem.images.orientation", value));
            return SettingsLayer.of(Transfer.FROM, settings);
        }
    }

    /** Images of ImageNet are taken as stored by custom, and not because a person decided so for other images. */
    private static Optional<String> orientation(ImageInput input, List<String> classNames) {
        if (input.upright()) {
            return Optional.of("apply");
        }
        return classNames.stream().allMatch(name -> WNID.matcher(name).matches())
                ? Optional.empty()
                : Optional.of("ignore");
    }
}

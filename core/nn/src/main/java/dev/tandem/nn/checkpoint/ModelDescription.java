package dev.tandem.nn.checkpoint;

import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.spi.TandemException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a checkpoint holds beside the state of a run, so that its model can be made and used from the file alone.
 *
 * @param recipe the recipe's name
 * @param settings the values of its provider's options, by name; unmodifiable
 * @param ablations names of changes of the recipe, in this order
 * @param input how images become inputs; empty if the inputs are no photographs
 */
public record ModelDescription(
        String recipe, Map<String, Integer> settings, List<String> ablations, Optional<ImageInput> input) {
    public ModelDescription {
        settings = Collections.unmodifiableMap(new TreeMap<>(settings));
        ablations = List.copyOf(ablations);
    }

    /** The description of a model of a recipe that was chosen by its name. */
    public static ModelDescription of(RecipeChoice choice, Optional<ImageInput> input) {
        return new ModelDescription(choice.provider().name(), choice.settings().values(), choice.ablations(), input);
    }

    /**
     * The description of a model of a recipe that no provider makes: it is used with {@code recipe} made by the program
     * again.
     */
    public static ModelDescription of(Recipe recipe, Optional<ImageInput> input) {
        return new ModelDescription(recipe.name(), Map.of(), List.of(), input);
    }

    /**
     * The recipe's provider and settings.
     *
     * @throws TandemException ({@link dev.tandem.spi.ErrorCode#INVALID_CONFIGURATION}) if no provider on the class path
     *     makes the recipe, or it has other settings now
     */
    public RecipeChoice choice() {
        return RecipeChoice.of(recipe, settings, ablations);
    }
}

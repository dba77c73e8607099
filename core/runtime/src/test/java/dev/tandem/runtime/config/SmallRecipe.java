package dev.tandem.runtime.config;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeOption;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.nn.schedule.Stepped;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A recipe with options and an ablation, under the name of one that has settings of older names. */
public final class SmallRecipe implements RecipeProvider {
    @Override
    public String name() {
        return "small";
    }

    @Override
    public List<RecipeOption> options() {
        return List.of(
                new RecipeOption("width", 48, 12, 9600, "hidden units"),
                new RecipeOption("crop", 112, 1, 4096, "side of the input, in pixels"));
    }

    @Override
    public int usualClasses() {
        return 3;
    }

    @Override
    public Map<String, UnaryOperator<Recipe>> ablations() {
        return Map.of("no-bias", recipe -> recipe.withNetwork(recipe.network().mapped(SmallRecipe::withoutBias)));
    }

    private static Layer withoutBias(String name, Layer layer) {
        return layer instanceof Linear linear ? linear.withoutBias() : layer;
    }

    @Override
    public Recipe recipe(int classes, RecipeSettings settings) {
        Network network = Network.builder()
                .add("fc1", Linear.of(settings.get("width")))
                .add("fc2", Linear.of(classes))
                .build();
        return Recipe.named(name())
                .network(network, classes)
                .preprocessing(new Preprocessing(128, settings.get("crop"), Preprocessing.Pixels.MEAN_IMAGE))
                .schedule(new Stepped(0.01, 0.1, 30))
                .epochs(90)
                .batch(128)
                .build();
    }
}

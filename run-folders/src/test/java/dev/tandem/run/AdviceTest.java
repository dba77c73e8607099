package dev.tandem.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.alexnet.Recipes;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.Health;
import dev.tandem.nn.train.Health.Trouble;
import dev.tandem.nn.train.LossSum;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TandemConfig;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Advice names settings that there are, with values that they take; and what they do to the initial weights. */
class AdviceTest {
    private static final Pattern SETTING = Pattern.compile("-D (tandem[a-z.]+)=([0-9a-z.]+)");

    private static String advice(Recipe recipe, Trouble trouble) {
        EpochRecord epoch = new EpochRecord(1, 10, .01, 2.3, .9, .5, 2.3, 1, 0, List.of(), null, 1);
        TrainingState state = new TrainingState(
                recipe.name(),
                List.of("a", "b"),
                7,
                recipe.batch(),
                "f",
                1,
                0,
                10,
                new LossSum(0, 0),
                1,
                List.of(),
                List.of(epoch),
                null,
                null,
                List.of());
        return new Advice(recipe).on(new Health.Finding(trouble, "conv1", "x"), state);
    }

    private static TandemConfig config(Map<String, ?> settings) {
        return new ConfigSources()
                .add("test", settings)
                .defaults(Map.of("tandem.recipe", "small"))
                .load();
    }

    @ParameterizedTest
    @EnumSource(Recipes.class)
    void everySettingThatIsNamedTakesTheValue(Recipes recipe) {
        for (Trouble trouble : Trouble.values()) {
            Matcher named = SETTING.matcher(advice(recipe.recipe(10), trouble));
            while (named.find()) {
                assertThat(config(Map.of(named.group(1), named.group(2)))
                                .setting(named.group(1))
                                .value())
                        .isNotNull();
            }
        }
        assertThat(advice(recipe.recipe(10), Trouble.AT_CHANCE))
                .contains("tandem.init.weights=", "tandem.train.learning-rate=0.005 or 0.02 (now 0.01)", "--seed 8")
                .contains("--batch " + recipe.recipe(10).batch() / 2)
                .doesNotContain("conv");
    }

    @Test
    void weightsThatAreWideAlreadyAreNotToBeWidenedAgain() {
        assertThat(advice(Recipes.PAPER.recipe(10), Trouble.AT_CHANCE)).contains("tandem.init.weights=0.03;");
        Recipe wide = new ConfiguredRecipe(config(Map.of("tandem.init.weights", "0.03"))).forClasses(10);
        assertThat(advice(wide, Trouble.AT_CHANCE))
                .contains("tandem.init.weights=he with -D tandem.train.learning-rate=0.001;");
    }

    @Test
    void initialValuesReplaceTheRecipesButForTheLastBias() {
        Recipe recipe = new ConfiguredRecipe(config(
                        Map.of("tandem.recipe", "original", "tandem.init.weights", 0.05, "tandem.init.bias", "0.5")))
                .forClasses(10);
        Convolution conv3 = (Convolution) recipe.network().layers().get("conv3");
        assertThat(conv3.weights()).isEqualTo(Initializer.gaussian(0.05));
        assertThat(conv3.bias())
                .as("its rate and decay stay")
                .isEqualTo(Initializer.bias(0.5).learningRateMultiplier(2));
        Linear last = (Linear) recipe.network().layers().get("fc8");
        assertThat(last.weights()).isEqualTo(Initializer.gaussian(0.05));
        assertThat(last.bias().value()).isZero();
    }

    @Test
    void weightsByFanInHaveTheDeviationOfHe() {
        Recipe recipe = new ConfiguredRecipe(config(Map.of("tandem.init.weights", "he"))).forClasses(10);
        ParameterSpec fc7 = recipe.network().parameters(recipe.input(1)).stream()
                .filter(spec -> spec.name().equals("fc7.weight"))
                .findFirst()
                .orElseThrow();
        double squares = 0;
        float[] values = fc7.initialValues(1);
        for (float value : values) {
            squares += value * value;
        }
        assertThat(Math.sqrt(squares / values.length))
                .isBetween(0.99 * Math.sqrt(2 / 512.0), 1.01 * Math.sqrt(2 / 512.0));
    }

    @Test
    void withoutSettingsTheRecipeIsAsPublished() {
        assertThat(new ConfiguredRecipe(config(Map.of("tandem.recipe", "paper")))
                        .forClasses(10)
                        .network()
                        .layers())
                .isEqualTo(Recipes.PAPER.recipe(10).network().layers());
    }
}

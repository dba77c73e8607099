package dev.tandem.cifar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.tandem.nn.data.Augmentation;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.LocallyConnected;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.ModelSummary.Row;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.schedule.Moment;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.SgdStep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The recipes against the numbers of the authors' parameter files. */
class CifarRecipesTest {
    private static Recipe recipe(String name, String... ablations) {
        return RecipeChoice.of(name, Map.of(), List.of(ablations)).recipe(10);
    }

    private static Map<String, Shape> shapes(Recipe recipe) {
        return ModelSummary.of(recipe.network(), recipe.input(1).withoutBatch()).rows().stream()
                .collect(Collectors.toMap(Row::name, Row::output, (a, b) -> a, LinkedHashMap::new));
    }

    private static Map<String, Initializer> initializers(Recipe recipe) {
        return recipe.network().parameters(recipe.input(1)).stream()
                .collect(Collectors.toMap(
                        ParameterSpec::name, ParameterSpec::initializer, (a, b) -> a, LinkedHashMap::new));
    }

    /** Name, deviation and decay of the weights, layer by layer. */
    private static Map<String, String> weights(Recipe recipe) {
        Map<String, String> found = new LinkedHashMap<>();
        initializers(recipe).forEach((name, initializer) -> {
            if (name.endsWith(".weight")) {
                found.put(name.replace(".weight", ""), initializer.value() + " " + initializer.weightDecayMultiplier());
            }
        });
        return found;
    }

    @Test
    void weightsBeginAndDecayAsInTheParameterFiles() {
        assertThat(weights(recipe("cifar-80sec")))
                .containsExactly(
                        entry("conv1", "1.0E-4 0.004"),
                        entry("conv2", "0.01 0.004"),
                        entry("conv3", "0.01 0.004"),
                        entry("fc64", "0.1 0.03"),
                        entry("fc10", "0.1 0.03"));
        assertThat(weights(recipe("cifar-19pct")))
                .containsExactly(
                        entry("conv1", "1.0E-4 0.004"),
                        entry("conv2", "0.01 0.004"),
                        entry("conv3", "0.01 0.004"),
                        entry("fc10", "0.01 3.0"));
        assertThat(weights(recipe("cifar-18pct")))
                .containsEntry("fc10", "0.01 1.0")
                .hasSize(4);
        assertThat(weights(recipe("cifar-13pct")))
                .containsExactly(
                        entry("conv1", "1.0E-4 0.0"),
                        entry("conv2", "0.01 0.0"),
                        entry("local3", "0.04 0.004"),
                        entry("local4", "0.04 0.004"),
                        entry("fc10", "0.01 0.004"));
        assertThat(weights(recipe("cifar-11pct")))
                .containsEntry("fc10", "0.01 0.01")
                .hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cifar-80sec", "cifar-19pct", "cifar-18pct", "cifar-13pct", "cifar-11pct"})
    void biasesLearnTwiceAsFastAndDoNotDecay(String name) {
        Recipe recipe = recipe(name);
        assertThat(recipe.training().optimizer())
                .isEqualTo(new Sgd(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0.9, 1, false));
        assertThat(recipe.batch()).isEqualTo(128);
        assertThat(initializers(recipe).entrySet().stream()
                        .filter(e -> e.getKey().endsWith(".bias")))
                .isNotEmpty()
                .allSatisfy(bias -> assertThat(bias.getValue())
                        .isEqualTo(Initializer.constant(0)
                                .learningRateMultiplier(2)
                                .weightDecayMultiplier(0)));
    }

    @Test
    @DisplayName("the last window of a pooling reaches over the edge: 32, 16, 8, 4 and 24, 12, 6 pixels a side")
    void sizesAreThoseOfTheAuthors() {
        assertThat(shapes(recipe("cifar-18pct")))
                .containsEntry("pool1", Shape.of(32, 16, 16))
                .containsEntry("pool2", Shape.of(32, 8, 8))
                .containsEntry("pool3", Shape.of(64, 4, 4))
                .containsEntry("fc10", Shape.of(10));
        assertThat(shapes(recipe("cifar-11pct")))
                .containsEntry("conv1", Shape.of(64, 24, 24))
                .containsEntry("pool1", Shape.of(64, 12, 12))
                .containsEntry("pool2", Shape.of(64, 6, 6))
                .containsEntry("local3", Shape.of(64, 6, 6))
                .containsEntry("local4", Shape.of(32, 6, 6));
        LocallyConnected local3 =
                (LocallyConnected) recipe("cifar-13pct").network().layers().get("local3");
        assertThat(local3.channels()).isEqualTo(32);
    }

    @Test
    void normalizationDividesItsScaleByTheNeighbours() {
        LocalResponseNormalization within = (LocalResponseNormalization)
                recipe("cifar-18pct").network().layers().get("norm1");
        assertThat(within.spec().size()).isEqualTo(3);
        assertThat(within.spec().alpha()).isEqualTo(0.00005 / 9);
        LocalResponseNormalization across = (LocalResponseNormalization)
                recipe("cifar-11pct").network().layers().get("norm2");
        assertThat(across.spec().size()).isEqualTo(9);
        assertThat(across.spec().alpha()).isEqualTo(0.001 / 9);
        assertThat(Stream.of(within, across))
                .allSatisfy(norm -> assertThat(norm.spec().k()).isEqualTo(1))
                .allSatisfy(norm -> assertThat(norm.spec().beta()).isEqualTo(0.75));
    }

    @ParameterizedTest
    @CsvSource({
        "cifar-80sec, 10, 7, 8, 9",
        "cifar-19pct, 140, 119, 120, 130",
        "cifar-18pct, 140, 119, 120, 130",
        "cifar-13pct, 520, 499, 500, 510",
        "cifar-11pct, 520, 499, 500, 510"
    })
    void theRateDropsAtTheEnd(String name, int epochs, int full, int tenth, int end) {
        Recipe recipe = recipe(name);
        assertThat(recipe.epochs()).isEqualTo(epochs);
        assertThat(rate(recipe, 0)).isEqualTo(0.001);
        assertThat(rate(recipe, full)).isEqualTo(0.001);
        assertThat(rate(recipe, tenth)).isEqualTo(0.0001);
        assertThat(rate(recipe, end)).isEqualTo(name.endsWith("pct") ? 0.00001 : 0.0001);
    }

    private static double rate(Recipe recipe, int epoch) {
        return recipe.schedule().learningRate(Moment.startOf(epoch, recipe.epochs(), List.of()));
    }

    @Test
    void cropsAreChosenByAnAblation() {
        Recipe plain = recipe("cifar-19pct");
        assertThat(plain.augmentation()).isEqualTo(Augmentation.none());
        assertThat(plain.samples()).containsExactly(Shape.of(3, 32, 32));
        Recipe cropped = recipe("cifar-19pct", "crops", "no-weight-decay");
        assertThat(cropped.samples()).containsExactly(Shape.of(3, 24, 24));
        assertThat(cropped.augmentation())
                .isEqualTo(Augmentation.none().withRandomCrop().withReflection());
        assertThat(cropped.training().optimizer()).isEqualTo(new Sgd(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 0.9, 0));
        assertThat(shapes(cropped)).containsEntry("pool3", Shape.of(64, 3, 3));
        assertThat(recipe("cifar-11pct").preprocessing().cropSize()).isEqualTo(24);
        assertThat(recipe("cifar-11pct", "no-crops").samples()).containsExactly(Shape.of(3, 32, 32));
    }

    @Test
    void theElevenPercentNetIsTheThirteenPercentNetWithNormalization() {
        RecipeChoice choice = RecipeChoice.of("cifar-11pct", Map.of(), List.of());
        assertThat(choice.ablationsOf(choice.recipe(10)))
                .contains("no-lrn", "no-crops", "no-weight-decay", "non-overlapping-pooling", "tanh", "sigmoid")
                .doesNotContain("crops", "no-dropout", "no-colour");
        assertThat(recipe("cifar-11pct", "no-lrn").network().layers().keySet())
                .containsExactlyElementsOf(
                        recipe("cifar-13pct").network().layers().keySet());
    }
}

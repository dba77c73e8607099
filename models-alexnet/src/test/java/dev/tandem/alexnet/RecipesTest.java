package dev.tandem.alexnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Dropout.Scaling;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.ModelSummary.Row;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.schedule.Moment;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.SgdStep.Rule;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of docs: what each recipe is, and where it differs from the others. */
class RecipesTest {
    private static ModelSummary summary(Recipe recipe) {
        return ModelSummary.of(recipe.network(), recipe.input(1).withoutBatch());
    }

    @ParameterizedTest
    @CsvSource({
        "PAPER, 60965224, 724406816",
        "ORIGINAL, 60965224, 724406816",
        "CAFFE, 60965224, 724406816",
        "CAFFENET, 60965224, 724406816",
        "OWT, 61100840, 714188480"
    })
    void hasThePublishedParametersAndMultiplyAdds(Recipes recipe, long parameters, long multiplyAdds) {
        ModelSummary summary = summary(recipe.recipe(1000));
        assertThat(summary.parameters()).isEqualTo(parameters);
        assertThat(summary.multiplyAdds()).isEqualTo(multiplyAdds);
    }

    @ParameterizedTest
    @EnumSource(value = Recipes.class, names = "SMALL", mode = EnumSource.Mode.EXCLUDE)
    void hasTheSameMapsBehindEveryLayer(Recipes which) {
        Recipe recipe = which.recipe(1000);
        Map<String, Shape> shapes = summary(recipe).rows().stream().collect(Collectors.toMap(Row::name, Row::output));
        Sizes sizes = which == Recipes.OWT ? OwtRecipe.sizes() : Sizes.paper();
        assertThat(shapes)
                .containsEntry("conv1", Shape.of(sizes.conv1(), 55, 55))
                .containsEntry("pool1", Shape.of(sizes.conv1(), 27, 27))
                .containsEntry("conv2", Shape.of(sizes.conv2(), 27, 27))
                .containsEntry("pool2", Shape.of(sizes.conv2(), 13, 13))
                .containsEntry("conv4", Shape.of(sizes.conv4(), 13, 13))
                .containsEntry("pool5", Shape.of(sizes.conv5(), 6, 6))
                .containsEntry("fc7", Shape.of(4096))
                .containsEntry("fc8", Shape.of(1000));
    }

    @Test
    void ordersLayer1AsEachSourceDoes() {
        assertThat(firstLayers(Recipes.PAPER)).containsExactly("conv1", "relu1", "lrn1", "pool1", "conv2");
        assertThat(firstLayers(Recipes.ORIGINAL)).containsExactly("conv1", "lrn1", "pool1", "relu1", "conv2");
        assertThat(firstLayers(Recipes.CAFFE)).containsExactly("conv1", "relu1", "lrn1", "pool1", "conv2");
        assertThat(firstLayers(Recipes.CAFFENET)).containsExactly("conv1", "relu1", "pool1", "lrn1", "conv2");
        assertThat(firstLayers(Recipes.OWT)).startsWith("conv1", "relu1", "pool1", "conv2");
    }

    private static List<String> firstLayers(Recipes recipe) {
        return recipe.recipe(1000).network().layers().keySet().stream().limit(5).toList();
    }

    @Test
    void normalizesByEachSourcesConvention() {
        assertNormalization(Recipes.PAPER, "lrn1", 1e-4, 2, 1);
        assertNormalization(Recipes.ORIGINAL, "lrn1", 1e-4 / 5, 2, 2);
        assertNormalization(Recipes.ORIGINAL, "spatial2", 0.001 / 25, 1, 1);
        assertNormalization(Recipes.CAFFE, "lrn1", 1e-4 / 5, 1, 1);
        assertNormalization(Recipes.CAFFENET, "lrn2", 1e-4 / 5, 1, 1);
    }

    private static void assertNormalization(Recipes recipe, String layer, double alphaOfSum, double k, int groups) {
        LocalResponseNormalization lrn = (LocalResponseNormalization)
                recipe.recipe(1000).network().layers().get(layer);
        assertThat(lrn.spec().alpha()).isEqualTo(alphaOfSum, within(1e-18));
        assertThat(lrn.spec().k()).isEqualTo(k);
        assertThat(lrn.spec().groups()).isEqualTo(groups);
        assertThat(lrn.spec().beta()).isEqualTo(0.75);
    }

    @Test
    void convertsAlphaBetweenTheConventions() {
        LocalResponseNormalization paper = LocalResponseNormalization.paper();
        assertThat(paper.spec().alpha()).isEqualTo(1e-4);
        assertThat(paper.alphaOfMean()).isEqualTo(5e-4, within(1e-18));
    }

    @ParameterizedTest
    @CsvSource({
        "PAPER, 1, 1, 0, .01, .01",
        "ORIGINAL, 1, 2, 0, .03, .01",
        "CAFFE, .1, 2, 0, .01, .005",
        "CAFFENET, 1, 2, 0, .01, .005"
    })
    void startsAndTrainsParametersAsEachSourceDoes(
            Recipes which, double bias, double biasRate, double biasDecay, double conv3, double fc6) {
        Map<String, ParameterSpec> specs = specs(which);
        for (String layer : List.of("conv2", "conv4", "conv5", "fc6", "fc7")) {
            assertThat(specs.get(layer + ".bias").initializer().value())
                    .as(layer)
                    .isEqualTo(bias);
        }
        for (String layer : List.of("conv1", "conv3", "fc8")) {
            assertThat(specs.get(layer + ".bias").initializer().value())
                    .as(layer)
                    .isZero();
        }
        assertThat(specs.get("conv4.bias").initializer().learningRateMultiplier())
                .isEqualTo(biasRate);
        assertThat(specs.get("conv4.bias").initializer().weightDecayMultiplier())
                .isEqualTo(biasDecay);
        assertThat(specs.get("conv4.weight").initializer().weightDecayMultiplier())
                .isEqualTo(1);
        assertThat(specs.get("conv1.weight").initializer().value()).isEqualTo(.01);
        assertThat(specs.get("conv3.weight").initializer().value()).isEqualTo(conv3);
        assertThat(specs.get("fc6.weight").initializer().value()).isEqualTo(fc6);
    }

    private static Map<String, ParameterSpec> specs(Recipes which) {
        Recipe recipe = which.recipe(1000);
        return recipe.network().parameters(recipe.input(1)).stream()
                .collect(Collectors.toMap(ParameterSpec::name, spec -> spec));
    }

    @Test
    void scalesDropoutWhereEachSourceDoes() {
        assertThat(dropout(Recipes.PAPER)).isEqualTo(Scaling.WHEN_TESTING);
        assertThat(dropout(Recipes.ORIGINAL)).isEqualTo(Scaling.WHEN_TESTING);
        assertThat(dropout(Recipes.CAFFE)).isEqualTo(Scaling.WHEN_TRAINING);
        assertThat(dropout(Recipes.OWT)).isEqualTo(Scaling.WHEN_TRAINING);
        List<String> owt =
                List.copyOf(Recipes.OWT.recipe(1000).network().layers().keySet());
        assertThat(owt.indexOf("drop6")).isLessThan(owt.indexOf("fc6"));
    }

    private static Scaling dropout(Recipes which) {
        return ((Dropout) which.recipe(1000).network().layers().get("drop6")).scaling();
    }

    @Test
    void followsTheOriginalRunsNotes() {
        Recipe original = Recipes.ORIGINAL.recipe(1000);
        double[] rates = {.01, .01, .001, .001, .0001, .0001, .00001, .00001};
        int[] epochs = {0, 22, 23, 50, 51, 77, 78, 92};
        for (int i = 0; i < epochs.length; i++) {
            assertThat(original.schedule().learningRate(Moment.startOf(epochs[i], 90, List.of())))
                    .as("epoch %d", epochs[i])
                    .isEqualTo(rates[i]);
        }
        assertThat(original.layerLearningRates(67)).isEmpty();
        assertThat(original.layerLearningRates(68)).containsOnly(Map.entry("conv1", .00001));
        assertThat(original.layerLearningRates(72)).containsOnly(Map.entry("conv1", 0.0));
        assertThat(original.augmentation(67).colourScale()).isEqualTo(.1);
        assertThat(original.augmentation(67).divisor()).isEqualTo(1.1);
        assertThat(original.augmentation(68).colourScale()).isZero();
        assertThat(original.augmentation(68).divisor()).isEqualTo(1);
        assertThat(original.epochs()).isEqualTo(93);
    }

    @Test
    void keepsTheSameMomentsInAShorterRun() {
        Recipe tenth = Recipes.ORIGINAL.recipe(1000).withEpochs(31);
        assertThat(tenth.schedule().learningRate(Moment.startOf(7, 30, List.of())))
                .isEqualTo(.01);
        assertThat(tenth.schedule().learningRate(Moment.startOf(8, 30, List.of())))
                .isEqualTo(.001);
        assertThat(tenth.layerLearningRates(24)).containsEntry("conv1", 0.0);
        assertThat(tenth.colourEpochs()).isEqualTo(23);
    }

    @Test
    void putsTheRateWhereEachSourceHasIt() {
        assertThat(rule(Recipes.PAPER)).isEqualTo(Rule.LEARNING_RATE_IN_VELOCITY);
        assertThat(rule(Recipes.CAFFE)).isEqualTo(Rule.LEARNING_RATE_IN_VELOCITY);
        assertThat(rule(Recipes.OWT)).isEqualTo(Rule.LEARNING_RATE_OUTSIDE);
    }

    private static Rule rule(Recipes recipe) {
        return ((Sgd) recipe.recipe(10).training().optimizer()).rule();
    }

    @Test
    void keepsThePapersProportionsWhenSmall() {
        Map<String, Shape> shapes =
                summary(Recipes.SMALL.recipe(10)).rows().stream().collect(Collectors.toMap(Row::name, Row::output));
        assertThat(shapes)
                .containsEntry("conv1", Shape.of(48, 27, 27))
                .containsEntry("conv3", Shape.of(192, 6, 6))
                .containsEntry("pool5", Shape.of(128, 3, 3))
                .containsEntry("fc8", Shape.of(10));
    }

    @ParameterizedTest
    @EnumSource
    void isFoundByItsNameAsPublished(Recipes recipe) {
        assertThat(RecipeChoice.of(recipe.recipeName(), Map.of(), List.of()).recipe(7))
                .usingRecursiveComparison()
                .isEqualTo(recipe.recipe(7));
    }

    @Test
    void smallIsMadeInTheSizesThatAreSet() {
        Map<String, Integer> sizes = Map.of("width", 24, "hidden", 32, "image", 70, "crop", 64);
        assertThat(RecipeChoice.of("small", sizes, List.of()).recipe(5))
                .usingRecursiveComparison()
                .isEqualTo(Recipes.SMALL.recipe(
                        5, Sizes.paper().width(24).hidden(32).image(70).crop(64)));
    }

    @Test
    void refusesUnknownRecipesAndSizes() {
        assertThatThrownBy(() -> RecipeProvider.named("alexnet"))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("alexnet")
                .hasMessageContaining("[caffe, caffenet, original, owt, paper, small]");
        assertThatThrownBy(() -> Sizes.paper().width(47)).hasMessageContaining("47");
        assertThatThrownBy(() -> RecipeChoice.of("small", Map.of("width", 9612), List.of()))
                .hasMessageContaining("tandem.recipes.small.width: out of range, got 9612, expected 12 to 9600");
        assertThatThrownBy(() -> RecipeChoice.of("paper", Map.of("width", 48), List.of()))
                .hasMessageContaining("tandem.recipes.paper: unknown setting, got width");
    }
}

package dev.tandem.alexnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.ModelSummary.Row;
import dev.tandem.nn.recipe.Ablation;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.spi.Shape;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AlexNetAblationTest {
    private final Recipe paper = Recipes.PAPER.recipe(1000);

    private static Map<String, Row> rows(Recipe recipe) {
        return ModelSummary.of(recipe.network(), recipe.input(1).withoutBatch()).rows().stream()
                .collect(Collectors.toMap(Row::name, row -> row));
    }

    private static RecipeChoice chosen(String recipe, String... ablations) {
        return RecipeChoice.of(recipe, Map.of(), List.of(ablations));
    }

    private static Set<String> names() {
        return AlexNetAblation.all().keySet();
    }

    @ParameterizedTest
    @MethodSource("names")
    void changesThePaperAndStillFitsTogether(String ablation) {
        Recipe changed = AlexNetAblation.all().get(ablation).apply(paper);
        assertThat(changed).isNotEqualTo(paper);
        assertThat(rows(changed).get("fc8").output()).isEqualTo(Shape.of(1000));
        assertThat(chosen("paper", ablation).recipe(1000))
                .usingRecursiveComparison()
                .isEqualTo(changed);
    }

    @Test
    void oneColumnIsTheAuthorsHalfNet() {
        Map<String, Row> rows = rows(AlexNetAblation.ONE_COLUMN.changed(paper));
        assertThat(rows.get("conv1").output().dim(0)).isEqualTo(48);
        assertThat(rows.get("conv2").output().dim(0)).isEqualTo(128);
        assertThat(rows.get("conv3").output().dim(0)).isEqualTo(192);
        assertThat(rows.get("conv4").output().dim(0)).isEqualTo(192);
        assertThat(rows.get("conv5").output().dim(0)).isEqualTo(256);
        // One column as the authors' half net has it: 128 kernels see all 48 maps below.
        assertThat(rows.get("conv2").parameters()).isEqualTo(128 * 48 * 25 + 128);
        assertThat(rows.get("fc6").parameters()).isEqualTo(4096L * 9216 + 4096);
    }

    @Test
    void noExchangeHalvesWhatConv3Sees() {
        assertThat(rows(AlexNetAblation.NO_EXCHANGE.changed(paper)).get("conv3").parameters())
                .isEqualTo(384 * 128 * 9 + 384);
    }

    @Test
    void takesOutWhatItSays() {
        assertThat(Ablation.NO_LRN.changed(paper).network().layers().values())
                .noneMatch(LocalResponseNormalization.class::isInstance);
        assertThat(Ablation.NO_DROPOUT.changed(paper).network().layers().values())
                .noneMatch(Dropout.class::isInstance);
        assertThat(AlexNetAblation.WITHOUT_FC7.changed(paper).network().layers())
                .doesNotContainKeys("fc7", "relu7", "drop7");
        assertThat(Ablation.NO_COLOUR.changed(paper).augmentation(0).colourScale())
                .isZero();
    }

    @Test
    void refusesToChangeNothing() {
        assertThatThrownBy(() -> chosen("caffe", "no-colour").recipe(10)).hasMessageContaining("no-colour");
        assertThatThrownBy(() -> chosen("paper", "no-lnr").recipe(10))
                .hasMessageContaining("unknown name, got no-lnr, expected one of [no-lrn, ");
        assertThatThrownBy(() -> chosen("owt", "no-lrn").recipe(10))
                .hasMessageContaining("recipe owt has nothing for it to change, got no-lrn");
        assertThat(chosen("owt").ablationsOf(Recipes.OWT.recipe(10)))
                .contains("no-dropout")
                .doesNotContain("no-lrn", "no-colour");
    }
}

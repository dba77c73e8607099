package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.nn.train.HostGradients;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GradientLayoutTest {
    private static final TinyRecipes PAPER = new TinyRecipes.Paper();

    private final Recipe recipe =
            PAPER.recipe(3, RecipeSettings.defaults(PAPER)).withBatch(TinyRun.BATCH);
    private final GradientLayout layout = new GradientLayout(recipe);

    private static HostGradients.Factors factors() {
        float[] ones = new float[TinyRun.BATCH * 16];
        Arrays.fill(ones, 1);
        return new HostGradients.Factors(TinyRun.BATCH, ones, ones.clone());
    }

    private HostGradients travelled(HostGradients given) {
        GradientLayout.Sums sums = layout.new Sums();
        sums.add(given, 0.5, true, 1);
        List<Floats> parts =
                IntStream.range(0, layout.parts()).mapToObj(sums::part).toList();
        return layout.gradients(parts, sums.absent());
    }

    @Test
    void factorsTravel() {
        assertThat(layout.factored()).contains("fc7.weight");
        HostGradients.Factors arrived = travelled(
                        new HostGradients(Map.of(), Map.of("fc7.weight", factors()), Map.of(), 1))
                .factors()
                .get("fc7.weight");
        assertThat(arrived.rows()).isEqualTo(TinyRun.BATCH);
        assertThat(arrived.inputs()).containsOnly(1).hasSize(TinyRun.BATCH * 16);
        assertThat(arrived.outputGradients()).containsOnly(0.5f);
    }

    /** A layer that the loss does not depend on has no gradient, whether that would be numbers or factors. */
    @Test
    void whatTheLossDoesNotDependOnHasNoGradient() {
        HostGradients none = new HostGradients(Map.of(), Map.of(), Map.of(), 1);
        assertThat(layout.absent(none)).contains("fc7.weight", "fc7.bias", "conv1.weight");
        HostGradients arrived = travelled(none);
        assertThat(arrived.factors()).isEmpty();
        assertThat(arrived.gradients()).isEmpty();
    }
}

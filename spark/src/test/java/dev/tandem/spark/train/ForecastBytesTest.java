package dev.tandem.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.placement.ClusterWork;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.ConfiguredRecipe;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forecast's bytes are those of the layouts that travel. */
class ForecastBytesTest {
    @ParameterizedTest
    @CsvSource({"paper, 128, 1, 0", "paper, 512, 2, 0.9", "small, 32, 1, 0", "owt, 32, 4, 0.5"})
    void areThoseOfTheLayouts(String name, int batch, int accumulate, double average) {
        Recipe recipe = new ConfiguredRecipe(new ConfigSources()
                        .add(
                                "test",
                                Map.of(
                                        "tandem.recipe", name,
                                        "tandem.train.batch", batch,
                                        "tandem.train.accumulate", accumulate,
                                        "tandem.train.average-decay", average,
                                        "tandem.train.freeze", "conv1"))
                        .load())
                .forClasses(1000);
        ClusterWork work = ClusterWork.of(recipe);
        StateLayout state = new StateLayout(
                recipe.network().parameters(recipe.inputs(1)), recipe.training().state());
        assertThat(work.stateBytes()).isEqualTo(Float.BYTES * state.total());
        GradientLayout gradients = new GradientLayout(recipe);
        assertThat(work.gradientBytes()).isEqualTo(gradients.bytes((long) batch * accumulate));
        assertThat(work.sharedGradientBytes()).isEqualTo(Float.BYTES * gradients.total());
    }
}

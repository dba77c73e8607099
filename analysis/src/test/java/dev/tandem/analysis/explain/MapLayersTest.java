package dev.tandem.analysis.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.GlobalAveragePooling;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import org.junit.jupiter.api.Test;

class MapLayersTest {
    private static MapLayers paper() {
        Recipe recipe = Recipes.PAPER.recipe(1000, Sizes.paper());
        return new MapLayers(recipe.network(), List.of(recipe.input(1)));
    }

    @Test
    void areThoseOfThePaperBeforeItsFullyConnectedOnes() {
        assertThat(paper().names())
                .startsWith("conv1", "relu1")
                .endsWith("conv5", "relu5", "pool5")
                .hasSize(15);
        assertThat(paper().shape("conv5")).isEqualTo(Shape.of(1, 256, 13, 13));
        assertThat(paper().lastConvolution()).isEqualTo("conv5");
    }

    @Test
    void ofAConvolutionTheActivationBehindItIsTaken() {
        assertThat(paper().activated("conv5")).isEqualTo("relu5");
        assertThat(paper().activated("relu5")).isEqualTo("relu5");
        assertThat(paper().activated("lrn1")).isEqualTo("lrn1");
        Network residual = Network.builder()
                .add("conv", Convolution.of(3, 3).padding(1))
                .add("sum", Merge.sum(), "conv", Network.INPUT)
                .add("relu", Activation.relu())
                .add("pool", new GlobalAveragePooling())
                .add("fc", Linear.of(2))
                .build();
        MapLayers layers = new MapLayers(residual, List.of(Shape.of(1, 3, 8, 8)));
        assertThat(layers.activated("conv")).isEqualTo("conv");
        assertThat(layers.names()).containsExactly("conv", "sum", "relu");
    }

    @Test
    void othersAreRefusedWithAdvice() {
        assertThatThrownBy(() -> paper().activated("fc7"))
                .isInstanceOf(TandemException.class)
                .hasMessageContainingAll("the layer has no maps", "got fc7, expected one of [conv1, ", "Use conv5");
        assertThatThrownBy(() -> paper().activated("conf4"))
                .isInstanceOf(TandemException.class)
                .hasMessageContainingAll("no such layer, got conf4", "Use conv4");
        Network numbers = Network.builder().add("fc", Linear.of(2)).build();
        assertThatThrownBy(() -> new MapLayers(numbers, List.of(Shape.of(1, 7))).lastConvolution())
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no layer has maps");
    }
}

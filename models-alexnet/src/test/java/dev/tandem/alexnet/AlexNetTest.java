package dev.tandem.alexnet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.ModelSummary.Row;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.Shape;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AlexNetTest {
    private final Recipe paper = Recipes.PAPER.recipe(1000);
    private final ModelSummary summary =
            ModelSummary.of(paper.network(), paper.input(1).withoutBatch());

    @Test
    void hasThePapersParametersAndMultiplyAdds() {
        assertThat(summary.parameters()).isEqualTo(60_965_224);
        assertThat(summary.multiplyAdds()).isEqualTo(724_406_816);
    }

    @Test
    void hasThePapersShapes() {
        Map<String, Shape> shapes = summary.rows().stream().collect(Collectors.toMap(Row::name, Row::output));
        assertThat(shapes)
                .containsEntry("conv1", Shape.of(96, 55, 55))
                .containsEntry("pool1", Shape.of(96, 27, 27))
                .containsEntry("conv2", Shape.of(256, 27, 27))
                .containsEntry("pool2", Shape.of(256, 13, 13))
                .containsEntry("conv3", Shape.of(384, 13, 13))
                .containsEntry("conv4", Shape.of(384, 13, 13))
                .containsEntry("conv5", Shape.of(256, 13, 13))
                .containsEntry("pool5", Shape.of(256, 6, 6))
                .containsEntry("fc6", Shape.of(4096))
                .containsEntry("fc8", Shape.of(1000));
    }

    @Test
    void seesOnlyItsOwnColumnInConv2AndConv4AndConv5() {
        Map<String, Shape> weights = paper.network().parameters(paper.input(1)).stream()
                .collect(Collectors.toMap(spec -> spec.name(), spec -> spec.shape()));
        assertThat(weights)
                .containsEntry("conv2.weight", Shape.of(256, 48, 5, 5))
                .containsEntry("conv3.weight", Shape.of(384, 256, 3, 3))
                .containsEntry("conv4.weight", Shape.of(384, 192, 3, 3))
                .containsEntry("conv5.weight", Shape.of(256, 192, 3, 3))
                .containsEntry("fc6.weight", Shape.of(4096, 9216));
    }

    @Test
    void startsBiasesAsSection5Says() {
        Map<String, Double> biases = paper.network().parameters(paper.input(1)).stream()
                .filter(spec -> spec.name().endsWith("bias"))
                .collect(Collectors.toMap(
                        spec -> spec.name(), spec -> spec.initializer().value()));
        assertThat(biases)
                .containsOnly(
                        Map.entry("conv1.bias", 0.0),
                        Map.entry("conv2.bias", 1.0),
                        Map.entry("conv3.bias", 0.0),
                        Map.entry("conv4.bias", 1.0),
                        Map.entry("conv5.bias", 1.0),
                        Map.entry("fc6.bias", 1.0),
                        Map.entry("fc7.bias", 1.0),
                        Map.entry("fc8.bias", 0.0));
    }
}

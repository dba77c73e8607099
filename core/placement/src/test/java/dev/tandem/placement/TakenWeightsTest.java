package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.checkpoint.TakenWeights;
import dev.tandem.nn.checkpoint.TakenWeights.Extent;
import dev.tandem.nn.checkpoint.TakenWeights.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which layers, and which rows of the last, a network takes over of a trained model. */
class TakenWeightsTest extends SmallRun {
    private static final long SEED = 5;

    /** A model whose every number says which parameter it is of, and where it lies in it. */
    private record Source(Map<String, Shape> parameters, List<String> classNames) implements PretrainedModel {
        static Source of(Recipe recipe, String... classNames) {
            Map<String, Shape> shapes = new LinkedHashMap<>();
            recipe.network().parameters(recipe.inputs(1)).forEach(spec -> shapes.put(spec.name(), spec.shape()));
            return new Source(shapes, List.of(classNames));
        }

        @Override
        public Path file() {
            return Path.of("trained.pth");
        }

        @Override
        public ModelDescription description() {
            return new ModelDescription("small", Map.of(), List.of(), Optional.empty());
        }

        @Override
        public float[] read(String parameter) {
            float[] values = new float[parameters.get(parameter).arrayLength()];
            for (int i = 0; i < values.length; i++) {
                values[i] = 1000 * parameter.length() + i;
            }
            return values;
        }

        @Override
        public void close() {}
    }

    private static Recipe recipe(int classes, int hidden) {
        Recipe three = recipe(0.05);
        return three.withNetwork(three.network()
                .mapped((name, layer) ->
                        name.equals("fc3") ? Linear.of(classes) : name.equals("fc2") ? Linear.of(hidden) : layer));
    }

    private static Source source() {
        return Source.of(recipe(3, 8), "ant", "bee", "cat");
    }

    private static Layer last(TakenWeights taken) {
        return taken.layers().get(taken.layers().size() - 1);
    }

    @Test
    void takesEveryLayerOfTheSameClasses() {
        TakenWeights taken = TakenWeights.of(source(), recipe(3, 8), List.of("ant", "bee", "cat"));
        assertThat(taken.layers()).extracting(Layer::name).containsExactly("conv1", "fc2", "fc3");
        assertThat(taken.layers()).extracting(Layer::extent).containsOnly(Extent.ALL);
        assertThat(taken.unused()).isEmpty();
        try (PlacedModel model = place(recipe(3, 8), Strategy.SINGLE)) {
            taken.writeTo(model, SEED);
            for (ParameterSpec spec : model.parameters()) {
                assertThat(model.read(spec.name())).isEqualTo(source().read(spec.name()));
            }
        }
    }

    @Test
    void aLastLayerOfOtherClassesIsNewEvenIfItHasTheShape() {
        TakenWeights taken = TakenWeights.of(source(), recipe(3, 8), List.of("dog", "elk", "fox"));
        assertThat(last(taken)).matches(layer -> layer.extent() == Extent.NOTHING && layer.isNewInPart());
        assertThat(TakenWeights.of(source(), recipe(2, 8), List.of("dog", "elk"))
                        .layers())
                .extracting(Layer::extent)
                .containsExactly(Extent.ALL, Extent.ALL, Extent.NOTHING);
        try (PlacedModel model = place(recipe(3, 8), Strategy.SINGLE)) {
            taken.writeTo(model, SEED);
            assertThat(model.read("fc2.weight")).isEqualTo(source().read("fc2.weight"));
            ParameterSpec weight = spec(model, "fc3.weight");
            assertThat(model.read("fc3.weight")).isEqualTo(weight.initialValues(SEED));
        }
    }

    private static ParameterSpec spec(PlacedModel model, String name) {
        return model.parameters().stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void classesInAnotherOrderAndMoreOfThemTakeTheirRows() {
        List<String> classes = List.of("cat", "dog", "ant", "bee");
        TakenWeights taken = TakenWeights.of(source(), recipe(4, 8), classes);
        assertThat(last(taken).rows()).containsExactly(2, -1, 0, 1);
        assertThat(taken.newClasses()).containsExactly("dog");
        try (PlacedModel model = place(recipe(4, 8), Strategy.SINGLE)) {
            taken.writeTo(model, SEED);
            float[] theirs = source().read("fc3.weight");
            float[] initial = spec(model, "fc3.weight").initialValues(SEED);
            float[] weight = model.read("fc3.weight");
            assertThat(Arrays.copyOfRange(weight, 0, 8)).isEqualTo(Arrays.copyOfRange(theirs, 16, 24));
            assertThat(Arrays.copyOfRange(weight, 8, 16)).isEqualTo(Arrays.copyOfRange(initial, 8, 16));
            assertThat(Arrays.copyOfRange(weight, 16, 32)).isEqualTo(Arrays.copyOfRange(theirs, 0, 16));
            float[] bias = source().read("fc3.bias");
            assertThat(model.read("fc3.bias")).containsExactly(bias[2], 0, bias[0], bias[1]);
        }
        TakenWeights turned = TakenWeights.of(source(), recipe(3, 8), List.of("bee", "cat", "ant"));
        assertThat(last(turned)).matches(layer -> layer.extent() == Extent.ROWS && !layer.isNewInPart());
        assertThat(turned.newClasses()).isEmpty();
    }

    @Test
    void aLayerOfAnotherShapeIsRefusedWithBothShapes() {
        assertThatThrownBy(() -> TakenWeights.of(source(), recipe(3, 9), List.of("ant", "bee", "cat")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("take weights from trained.pth: fc2.weight has another shape there, got 8x36")
                .hasMessageContaining("expected 9x36 of recipe " + recipe(0.05).name());
        Map<String, Shape> withoutBias = new LinkedHashMap<>(source().parameters());
        withoutBias.remove("conv1.bias");
        assertThatThrownBy(() ->
                        TakenWeights.of(new Source(withoutBias, List.of("ant")), recipe(3, 8), List.of("a", "b", "c")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("conv1.bias has another shape there, got none, expected 4 of");
    }

    @Test
    void layersThatAreNotThereAreNewAndThoseThatAreNotHereAreNamed() {
        Map<String, Shape> others = new LinkedHashMap<>(source().parameters());
        others.remove("fc2.weight");
        others.remove("fc2.bias");
        others.put("fc9.weight", Shape.of(1));
        Source source = new Source(others, List.of("ant", "bee", "cat"));
        TakenWeights taken = TakenWeights.of(source, recipe(3, 8), List.of("a", "b", "c"));
        assertThat(taken.layers())
                .extracting(Layer::extent)
                .containsExactly(Extent.ALL, Extent.NOTHING, Extent.NOTHING);
        assertThat(taken.unused()).containsExactly("fc9");
        Map<String, Shape> strange = Map.of("stem.weight", Shape.of(1));
        assertThatThrownBy(() ->
                        TakenWeights.of(new Source(strange, List.of("ant")), recipe(3, 8), List.of("a", "b", "c")))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining(
                        "no layer of the network is in it, got [stem], expected one of [conv1, fc2, fc3]");
    }
}

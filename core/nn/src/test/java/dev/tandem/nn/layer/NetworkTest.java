package dev.tandem.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.UnaryFunction;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class NetworkTest {
    private static final Shape INPUT = Shape.of(2, 4, 6, 6);

    private static Network block() {
        return Network.builder()
                .add("conv1", Convolution.of(4, 3).padding(1))
                .add("relu1", Activation.relu())
                .add("conv2", Convolution.of(4, 3).padding(1))
                .add("sum", Merge.sum(), "conv2", Network.INPUT)
                .add("relu2", Activation.relu())
                .build();
    }

    private static List<String> names(List<Step> steps) {
        return steps.stream().map(Step::name).toList();
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertRefused(ThrowingCallable call) {
        return assertThatThrownBy(call).isInstanceOf(TandemException.class);
    }

    @Test
    void aNetworkInANetworkIsAPartOfIt() {
        Network network = Network.builder()
                .add("block1", block())
                .add("block2", block())
                .add("sum", Merge.sum(), "block2", "block1", "block1.relu1")
                .build();
        assertThat(names(network.nodes()))
                .startsWith(
                        "block1.conv1", "block1.relu1", "block1.conv2", "block1.sum", "block1.relu2", "block2.conv1")
                .endsWith("block2.relu2", "sum");
        assertThat(network.nodes().get(10).inputs()).containsExactly("block2.relu2", "block1.relu2", "block1.relu1");
        assertThat(network.parameters(INPUT))
                .extracting(ParameterSpec::name)
                .startsWith("block1.conv1.weight", "block1.conv1.bias", "block1.conv2.weight");
        assertThat(network.layers()).hasSize(8).containsKey("block2.conv2");
        assertThat(network.outputShape(INPUT)).isEqualTo(INPUT);
    }

    @Test
    void blocksMayBeInBlocks() {
        Network two = Network.builder().add("a", block()).add("b", block()).build();
        Network network = Network.builder()
                .add("stage", two)
                .add("sum", Merge.sum(), "stage.a", "stage")
                .build();
        assertThat(network.nodes().get(10).inputs()).containsExactly("stage.a.relu2", "stage.b.relu2");
    }

    @Test
    void anActivationIsFusedIfNothingElseUsesItsInput() {
        assertThat(names(block().steps())).containsExactly("conv1", "conv2", "sum", "relu2");
        assertThat(block().steps().get(0).function()).isEqualTo(UnaryFunction.RELU);
        NetworkBuilder used =
                Network.builder().add("conv", Convolution.of(4, 1)).add("relu", Activation.relu());
        assertThat(used.build().steps()).hasSize(1);
        assertThat(used.outputs("relu", "conv").build().steps()).hasSize(2);
        assertThat(Network.builder()
                        .add("conv", Convolution.of(4, 1))
                        .add("relu", Activation.relu())
                        .add("sum", Merge.sum(), "relu", "conv")
                        .build()
                        .steps())
                .hasSize(3);
    }

    @Test
    void aValueIsLastUsedWhereNothingUsesItAfterwards() {
        Network network = block();
        assertThat(network.steps())
                .extracting(network::lastUsedBy)
                .containsExactly(List.of(), List.of("conv1"), List.of("conv2"), List.of("sum"));
    }

    @Test
    void branchesOfAConcatenationArePartsOfTheNetwork() {
        Network network = Network.builder()
                .add(
                        "fire",
                        Concatenation.of(
                                Convolution.of(2, 1), Convolution.of(3, 3).padding(1)))
                .add("relu", Activation.relu())
                .build();
        assertThat(names(network.nodes())).containsExactly("fire.0", "fire.1", "fire", "relu");
        assertThat(network.outputShape(INPUT)).isEqualTo(Shape.of(2, 5, 6, 6));
    }

    @Test
    void severalInputsAndOutputsHaveNames() {
        Network network = Network.builder()
                .add("fc1", Linear.of(4))
                .input("numbers")
                .add("fc2", Linear.of(4), "numbers")
                .add("sum", Merge.sum(), "fc1", "fc2")
                .outputs("sum", "fc1")
                .build();
        assertThat(network.inputs()).containsExactly("input", "numbers");
        List<Shape> shapes = List.of(Shape.of(2, 3), Shape.of(2, 5));
        assertThat(network.outputShapes(shapes)).containsExactly(Shape.of(2, 4), Shape.of(2, 4));
        Network outer = Network.builder()
                .add("in", Linear.of(3))
                .input("other")
                .add("both", network, "in", "other")
                .add("product", (in, context) -> in.get(0).multiply(in.get(1)), "both.sum", "both.fc1")
                .build();
        assertThat(outer.outputShapes(shapes)).containsExactly(Shape.of(2, 4));
        assertRefused(() -> Network.builder().add("both", network, "input").build())
                .hasMessageContaining("another number of inputs of both");
        assertRefused(() -> Network.builder()
                        .input("other")
                        .add("both", network, "input", "other")
                        .add("fc", Linear.of(3)))
                .hasMessageContaining("an unknown input of fc, got both")
                .hasMessageContaining("both.sum");
        assertRefused(() -> network.outputShape(Shape.of(2, 3))).hasMessageContaining("several outputs");
    }

    @Test
    void otherOutputsLeaveOutWhatTheyDoNotDependOn() {
        Network network =
                Network.builder().add("block", block()).add("fc", Linear.of(3)).build();
        assertThat(names(network.withOutputs("block").nodes())).hasSize(5).endsWith("block.relu2");
        assertThat(names(network.withOutputs("block.conv1").steps())).containsExactly("block.conv1");
        assertRefused(() -> network.withOutputs("fc7"))
                .hasMessageContainingAll("no such layer, got fc7", "block.conv1");
    }

    @Test
    void changedLayersKeepTheirPlaceInTheGraph() {
        Network network = Network.builder()
                .add("block", block())
                .add("sum", Merge.sum(), "block", "block.conv1")
                .build();
        Network changed = network.mapped((name, layer) -> switch (name) {
            case "block.relu2" -> null;
            case "block.conv1" -> Concatenation.of(Convolution.of(1, 1), Convolution.of(3, 1));
            default -> layer;
        });
        assertThat(names(changed.nodes()))
                .containsExactly(
                        "block.conv1.0",
                        "block.conv1.1",
                        "block.conv1",
                        "block.relu1",
                        "block.conv2",
                        "block.sum",
                        "sum");
        assertThat(changed.nodes().get(6).inputs()).containsExactly("block.sum", "block.conv1");
        assertThat(changed.outputShape(INPUT)).isEqualTo(INPUT);
    }

    @Test
    void frozenBlocksStayFrozen() {
        Network network = Network.builder()
                .add("block", block().frozen("conv1"))
                .add("fc", Linear.of(2))
                .build();
        Network changed = network.mapped((name, layer) -> layer instanceof Convolution ? Convolution.of(4, 1) : layer);
        for (Network each : List.of(network, changed)) {
            assertThat(each.parameters(INPUT).stream()
                            .filter(spec -> !spec.isTrained())
                            .map(ParameterSpec::name))
                    .containsExactly("block.conv1.weight", "block.conv1.bias");
        }
        assertThat(network.frozen("block").parameters(INPUT))
                .filteredOn(ParameterSpec::isTrained)
                .hasSize(2);
    }

    @Test
    void mistakesAreRefused() {
        assertRefused(() -> Network.builder().add("fc", Linear.of(2), "conv"))
                .hasMessageContaining("an unknown input of fc, got conv, expected one of [input]");
        assertRefused(() -> Network.builder().add("input", Linear.of(2))).hasMessageContaining("taken");
        assertRefused(() -> Network.builder().add("sum", Merge.sum())).hasMessageContaining("a merge of nothing");
        assertRefused(() -> Network.builder()
                        .add("fc1", Linear.of(2))
                        .add("fc2", Linear.of(2), Network.INPUT)
                        .build())
                .hasMessageContaining("nothing uses, got [fc1]")
                .hasMessageContaining("outputs(...)");
        assertRefused(() -> Network.builder()
                        .add("fc", Linear.of(2))
                        .outputs("fc", "input")
                        .build())
                .hasMessageContaining("an output that is an input");
        Network sum = Network.builder()
                .add("conv", Convolution.of(8, 1))
                .add("sum", Merge.sum(), "conv", "input")
                .build();
        assertRefused(() -> sum.outputShape(INPUT))
                .hasMessageContaining("sum: inputs of different shapes, got [2x8x6x6, 2x4x6x6]");
        Network joined = Network.builder()
                .add("pool", Pooling.max(2))
                .add("join", Merge.concatenation(), "pool", "input")
                .build();
        assertRefused(() -> joined.outputShape(INPUT)).hasMessageContaining("differ in more than their channels");
    }

    @Test
    void aSummaryHasEachLayerWithWhatItTakes() {
        ModelSummary summary = ModelSummary.of(
                Network.builder().add("block", block()).add("fc", Linear.of(3)).build(), Shape.of(4, 6, 6));
        assertThat(summary.rows()).hasSize(6);
        ModelSummary.Row sum = summary.rows().get(3);
        assertThat(sum)
                .isEqualTo(new ModelSummary.Row("block.sum", List.of("block.conv2", "input"), Shape.of(4, 6, 6), 0, 0));
        assertThat(summary.parameters()).isEqualTo(2 * (4 * 4 * 9 + 4) + 4 * 6 * 6 * 3 + 3);
        assertThat(summary.multiplyAdds()).isEqualTo(2 * 4 * 4 * 9 * 36 + 4 * 6 * 6 * 3);
    }

    @Test
    void theRatesOfALayerAreMultipliedAndAFrozenLayerStaysFrozen() {
        Network network = Network.builder()
                .add("fc1", Linear.of(4).bias(Initializer.bias(0).learningRateMultiplier(2)))
                .add("relu1", Activation.relu())
                .add("fc2", Linear.of(3))
                .build();
        Shape input = Shape.of(2, 5);
        assertThat(network.lastWithParameters(List.of(input))).isEqualTo("fc2");
        Network faster = network.withRateFactor(10, "fc*").frozen("fc2").withRateFactor(3, "fc2");
        assertThat(faster.mapped((name, layer) -> layer).parameters(input))
                .extracting(spec -> spec.initializer().learningRateMultiplier())
                .containsExactly(10.0, 20.0, 0.0, 0.0);
        assertRefused(() -> network.withRateFactor(10, "fc3"))
                .hasMessageContaining("learning rates of layers: no layer has such a name, got fc3");
        Network without = Network.builder().add("relu", Activation.relu()).build();
        assertRefused(() -> without.lastWithParameters(List.of(input))).hasMessageContaining("no layer has parameters");
    }
}

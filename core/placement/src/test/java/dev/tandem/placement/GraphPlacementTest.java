package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Step;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.MeanSquaredError;
import dev.tandem.nn.loss.Target;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Networks that are no sequence train alike under every placement. */
class GraphPlacementTest {
    private static final Initializer WIDE = Initializer.gaussian(0.2);
    private static final int IMAGES = 6;

    private static Convolution convolution(int channels, int size) {
        return Convolution.of(channels, size).padding(size / 2).weights(WIDE);
    }

    /** The convolution's own output is used beside its activation, which is therefore not fused. */
    private static Network block(int channels) {
        return Network.builder()
                .add("conv1", convolution(channels, 3))
                .add("relu1", Activation.relu())
                .add("conv2", convolution(channels, 3))
                .add("sum", Merge.sum(), "conv2", Network.INPUT, "conv1")
                .add("relu2", Activation.relu())
                .build();
    }

    /** Of two outputs, a class and a map. */
    private record TwoLosses() implements Loss {
        @Override
        public Value of(Value output, Target target) {
            return CrossEntropy.plain().of(output, target);
        }

        @Override
        public Value of(List<Value> outputs, Target target) {
            return of(outputs.get(0), target).add(new MeanSquaredError().of(outputs.get(1), target));
        }
    }

    enum Graph {
        RESIDUAL {
            @Override
            Network network() {
                return Network.builder()
                        .add("conv", convolution(6, 3))
                        .add("relu", Activation.relu())
                        .add("block1", block(6))
                        .add("block2", block(6))
                        .add("down", convolution(12, 1).stride(2), "block1")
                        .add("wide", convolution(12, 3).stride(2), "block2")
                        .add("drop", Dropout.of(0.5))
                        .add("sum", Merge.sum(), "drop", "down")
                        .add("fc", Linear.of(3).weights(WIDE))
                        .build();
            }
        },
        BRANCHES {
            @Override
            Network network() {
                return Network.builder()
                        .add("norm", LocalResponseNormalization.paper())
                        .add("small", convolution(5, 1), "norm")
                        .add("large", convolution(7, 3), "norm")
                        .add("pool", Pooling.max(3).stride(2), Network.INPUT)
                        .add("pooled", convolution(2, 1))
                        .add("half", Pooling.max(3).stride(2), "small")
                        .add("half2", Pooling.average(3).stride(2), "large")
                        .add("all", Merge.concatenation(), "half", "pooled", "half2")
                        .add("scaled", (in, context) -> in.get(0).multiply(in.get(1)), "all", "all")
                        .add("relu", Activation.relu())
                        .add("fc", Linear.of(3).weights(WIDE))
                        .build();
            }
        },
        TWO_INPUTS {
            @Override
            Network network() {
                return Network.builder()
                        .add("conv", convolution(6, 3))
                        .add("tanh", Activation.tanh())
                        .add("pool", Pooling.max(3).stride(2))
                        .input("numbers")
                        .add("fc1", Linear.of(8).weights(WIDE), "numbers")
                        .add("sigmoid", Activation.sigmoid())
                        .add("fc2", Linear.of(8).weights(WIDE), "pool")
                        .add("both", Merge.concatenation(), "fc2", "sigmoid")
                        .add("fc", Linear.of(3).weights(WIDE))
                        .build();
            }

            @Override
            List<Shape> inputs() {
                return List.of(Shape.of(IMAGES, 3, 7, 7), Shape.of(IMAGES, 5));
            }
        },
        TWO_OUTPUTS {
            @Override
            Network network() {
                return Network.builder()
                        .add("conv", convolution(6, 3))
                        .add("norm", new BatchNormalization())
                        .add("relu", Activation.relu())
                        .add("block", block(6))
                        .add("classes", Linear.of(3).weights(WIDE))
                        .add("places", convolution(2, 1), "block")
                        .outputs("classes", "places")
                        .build();
            }

            @Override
            Training training() {
                return Training.paper().withLoss(new TwoLosses());
            }
        };

        abstract Network network();

        List<Shape> inputs() {
            return List.of(Shape.of(IMAGES, 3, 7, 7));
        }

        Training training() {
            return Training.paper();
        }

        HostBatch batch() {
            HostBatch batch = HostBatch.of(inputs(), Shape.of(IMAGES, 2, 7, 7));
            for (int i = 0; i < inputs().size(); i++) {
                RandomKey key = new RandomKey(7, RandomKey.Purpose.SYNTHETIC, i, 0);
                Philox.gaussians(
                        key, 0, batch.input(i).array(), 0, batch.input(i).array().length);
            }
            Arrays.setAll(batch.labels(), i -> i % 3);
            for (int i = 0; i < batch.targets().length; i++) {
                batch.targets()[i] = i % 5 / 5f;
            }
            return batch;
        }

        PlacedModel place(DevicePlacement placement) {
            return placement.place(network(), inputs(), training());
        }
    }

    private static Backend reference(int devices) {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
    }

    /** The parameters after three steps, by name, with the losses and the outputs. */
    private static Map<String, float[]> trained(Graph graph, PlacedModel model) {
        Map<String, float[]> all = new LinkedHashMap<>();
        model.initialize(3);
        float[] losses = new float[3];
        for (int step = 0; step < losses.length; step++) {
            model.step(graph.batch(), new StepSettings(3, step, 0.1));
            losses[step] = (float) model.takeLoss().mean();
        }
        all.put("losses", losses);
        for (ParameterSpec spec : model.parameters()) {
            all.put(spec.name(), model.read(spec.name()));
        }
        all.put("predictions", model.predictions(graph.batch(), CrossEntropy.plain()));
        layersBeforeTheScore(graph)
                .forEach(layer -> all.put(
                        "gradient of " + layer,
                        model.gradient(graph.batch(), layer, graph.batch().labels())));
        return all;
    }

    private static List<String> layersBeforeTheScore(Graph graph) {
        Network network = graph.network();
        Network part = network.withOutputs(network.outputs().get(0));
        return Stream.concat(part.inputs().stream(), part.nodes().stream().map(Step::name))
                .toList();
    }

    private static void assertAlike(Graph graph, DevicePlacement placement) {
        try (Backend one = reference(1);
                PlacedModel single =
                        graph.place(DevicePlacement.single(one.devices().get(0)));
                PlacedModel divided = graph.place(placement)) {
            Map<String, float[]> expected = trained(graph, single);
            assertThat(expected.get("losses")[2]).isLessThan(expected.get("losses")[0]);
            trained(graph, divided)
                    .forEach((name, values) -> assertThat(values)
                            .as("%s of %s", name, graph)
                            .containsExactly(expected.get(name), Offset.offset(1e-6f)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "RESIDUAL, COLUMNS, 2", "RESIDUAL, COLUMNS, 3", "RESIDUAL, DATA, 2", "RESIDUAL, DATA, 3",
        "RESIDUAL, HYBRID, 2", "RESIDUAL, HYBRID, 3", "BRANCHES, COLUMNS, 2", "BRANCHES, COLUMNS, 3",
        "BRANCHES, DATA, 3", "BRANCHES, HYBRID, 2", "TWO_INPUTS, COLUMNS, 2", "TWO_INPUTS, COLUMNS, 3",
        "TWO_INPUTS, DATA, 2", "TWO_INPUTS, DATA, 3", "TWO_INPUTS, HYBRID, 2", "TWO_INPUTS, HYBRID, 3",
        "TWO_OUTPUTS, COLUMNS, 2", "TWO_OUTPUTS, DATA, 2", "TWO_OUTPUTS, DATA, 3", "TWO_OUTPUTS, HYBRID, 3"
    })
    void trainAlikeByEachStrategy(Graph graph, Strategy strategy, int devices) {
        try (Backend many = reference(devices)) {
            assertAlike(graph, DevicePlacement.of(strategy, many.devices()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "RESIDUAL, 2, block1=batch:block2.conv*=channel:*sum=batch:*=channel",
        "BRANCHES, 3, small=batch:large=channel:all=channel:fc=none",
        "TWO_INPUTS, 2, conv=none:fc1=batch:*=channel"
    })
    void trainAlikeByATable(Graph graph, int devices, String table) {
        try (Backend many = reference(devices)) {
            PlacementTable rules = PlacementTable.parse(List.of(table.split(":")));
            assertAlike(graph, new DevicePlacement(many.devices(), network -> rules));
        }
    }

    @ParameterizedTest
    @EnumSource(Graph.class)
    void giveAllMemoryBack(Graph graph) {
        try (Backend backend = reference(2)) {
            try (PlacedModel model = graph.place(DevicePlacement.of(Strategy.HYBRID, backend.devices()))) {
                model.initialize(1);
                long before = backend.devices().get(0).memoryUse().used();
                model.step(graph.batch(), new StepSettings(1, 0, 0.1));
                model.probabilities(graph.batch());
                model.activations(graph.batch());
                layersBeforeTheScore(graph)
                        .forEach(layer -> model.gradient(
                                graph.batch(), layer, graph.batch().labels()));
                assertThat(backend.devices().get(0).memoryUse().used()).isEqualTo(before);
            }
            assertThat(backend.devices()).allMatch(device -> device.memoryUse().used() == 0);
        }
    }

    @ParameterizedTest
    @EnumSource(Graph.class)
    void areForecastAsTheyRun(Graph graph) {
        Forecast forecast = Forecast.of(graph.network(), graph.inputs(), graph.training(), Strategy.COLUMNS::table, 2);
        try (Backend backend = reference(2);
                PlacedModel model = graph.place(DevicePlacement.of(Strategy.COLUMNS, backend.devices()))) {
            model.initialize(1);
            model.step(graph.batch(), new StepSettings(1, 0, 0.1));
            for (int device = 0; device < 2; device++) {
                int index = device;
                long received = forecast.devices().get(index).receivedBytes();
                // The reference's numbers take twice the bytes.
                assertThat(backend.devices().get(index).receivedBytes()).isEqualTo(2 * received);
                assertThat(forecast.layers().stream()
                                .mapToLong(layer ->
                                        layer.shards().get(index).received().bytes())
                                .sum())
                        .isEqualTo(received);
                assertThat(forecast.layers().stream()
                                .mapToLong(layer -> layer.shards().get(index).multiplyAdds())
                                .sum())
                        .isEqualTo(forecast.devices().get(index).multiplyAdds());
            }
        }
    }

    /** What is below the first layer that learns is not held for the backward pass. */
    @Test
    void aFrozenPartHoldsNoActivations() {
        Network network = Network.builder()
                .add("conv", convolution(8, 3))
                .add("relu", Activation.relu())
                .add("block1", block(8))
                .add("block2", block(8))
                .add("pool", Pooling.average(7))
                .add("fc", Linear.of(3))
                .build();
        Shape input = Shape.of(IMAGES, 3, 14, 14);
        for (Strategy strategy : List.of(Strategy.DATA, Strategy.COLUMNS)) {
            DeviceForecast whole =
                    Forecast.of(network, input, strategy::table, 2).devices().get(0);
            DeviceForecast frozen = Forecast.of(network.frozen("conv", "block*"), input, strategy::table, 2)
                    .devices()
                    .get(0);
            assertThat(frozen.activationBytes()).as("%s", strategy).isLessThan(whole.activationBytes() / 10);
            assertThat(frozen.bytes()).as("%s", strategy).isLessThan(whole.bytes() / 2);
        }
    }

    @Test
    void inputsThatAreMissingOrOfAnotherLengthAreRefused() {
        try (Backend backend = reference(1)) {
            DevicePlacement single = DevicePlacement.single(backend.devices().get(0));
            assertThatThrownBy(() -> single.place(Graph.TWO_INPUTS.network(), Shape.of(IMAGES, 3, 7, 7)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContainingAll("placement: the inputs do not fit", "for each of [input, numbers]");
            try (PlacedModel model = Graph.TWO_INPUTS.place(single)) {
                model.initialize(1);
                assertThatThrownBy(() -> model.probabilities(new HostBatch(Shape.of(IMAGES, 3, 7, 7))))
                        .isInstanceOf(TandemException.class)
                        .hasMessageContaining("another number of inputs, got 1, expected 2: [input, numbers]");
                HostBatch other = HostBatch.of(List.of(Shape.of(IMAGES, 3, 7, 7), Shape.of(IMAGES, 4)));
                assertThatThrownBy(() -> model.probabilities(other))
                        .isInstanceOf(TandemException.class)
                        .hasMessageContaining("numbers of another shape, got 4, expected 5");
            }
            assertThatThrownBy(() -> HostBatch.of(List.of(Shape.of(6, 3), Shape.of(5, 3))))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("inputs of different lengths");
        }
    }

    @Test
    void aRuleThatMatchesNoLayerIsRefused() {
        try (Backend backend = reference(2)) {
            PlacementTable table = PlacementTable.parse(List.of("relu=batch", "blok1=batch"));
            assertThatThrownBy(() -> Graph.RESIDUAL.place(new DevicePlacement(backend.devices(), network -> table)))
                    .isInstanceOfSatisfying(
                            TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
                    .hasMessageContainingAll("placement table", "got blok1", "block1.conv1");
        }
    }
}

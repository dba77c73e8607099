package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.loss.BinaryCrossEntropy;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.MeanSquaredError;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.placement.LayerForecast.Received;
import dev.tandem.placement.LayerForecast.Source;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The forecast of each layer is what the devices count, in a dry run and in a real one. */
class ForecastTest {
    private static final int IMAGES = 6;
    private static final Shape INPUT = Shape.of(IMAGES, 3, 9, 9);
    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(8, 3).padding(1))
            .add("relu1", Activation.relu())
            .add("centre", (x, context) -> x.subtract(x.slice(1, 0, 1)))
            .add("pool1", Pooling.max(3).stride(2))
            .add("conv2", Convolution.of(12, 3).groups(2))
            .add("relu2", Activation.relu())
            .add("fc3", Linear.of(4))
            .build();

    @ParameterizedTest
    @CsvSource({"SINGLE, 1", "COLUMNS, 2", "COLUMNS, 4", "DATA, 2", "DATA, 3", "HYBRID, 2", "HYBRID, 3"})
    void layersAddUpToTheDevicesAndTheDevicesReceiveThatMuch(Strategy strategy, int devices) {
        Forecast forecast = Forecast.of(NETWORK, INPUT, strategy::table, devices);
        assertThat(forecast.layers())
                .extracting(LayerForecast::name)
                .containsExactly("conv1", "centre", "pool1", "conv2", "fc3", "(loss)");
        var provider = Backends.named("reference");
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
                PlacedModel model =
                        DevicePlacement.of(strategy, backend.devices()).place(NETWORK, INPUT, Training.paper())) {
            model.initialize(1);
            model.step(new HostBatch(INPUT), new StepSettings(1, 0, 0.01));
            for (int device = 0; device < devices; device++) {
                int index = device;
                DeviceForecast share = forecast.devices().get(index);
                assertThat(forecast.layers().stream()
                                .mapToLong(layer ->
                                        layer.shards().get(index).received().bytes())
                                .sum())
                        .isEqualTo(share.receivedBytes());
                assertThat(forecast.layers().stream()
                                .mapToLong(layer -> layer.shards().get(index).multiplyAdds())
                                .sum())
                        .isEqualTo(share.multiplyAdds());
                assertThat(forecast.layers().stream()
                                .flatMap(layer -> layer.shards().get(index).parameters().stream())
                                .mapToLong(shape -> shape.elements() * Float.BYTES)
                                .sum())
                        .isEqualTo(share.parameterBytes())
                        .isEqualTo(share.momentumBytes());
                for (LayerForecast layer : forecast.layers()) {
                    LayerForecast.Shard part = layer.shards().get(index);
                    assertThat(part.sources().isEmpty())
                            .as("%s of device %d", layer.name(), index)
                            .isEqualTo(part.received().gathered() == 0);
                }
                assertThat(share.parameterBytes() + share.momentumBytes() + share.activationBytes())
                        .isLessThanOrEqualTo(share.bytes());
                // The reference's numbers take twice the bytes.
                assertThat(backend.devices().get(index).receivedBytes()).isEqualTo(2 * share.receivedBytes());
            }
        }
    }

    /** Maps of numbers as outputs, which cross-entropy refuses. */
    @ParameterizedTest
    @EnumSource
    void ofALossOfNumbers(Strategy strategy) {
        Network maps = Network.builder()
                .add("conv1", Convolution.of(8, 3).padding(1))
                .add("relu1", Activation.relu())
                .add("conv2", Convolution.of(2, 3).padding(1))
                .build();
        Loss absolute = (output, target) -> output.subtract(target.values(output.shape()))
                .abs()
                .flatten()
                .mean(1)
                .reshape(Shape.of(output.dim(0)));
        int devices = strategy == Strategy.SINGLE ? 1 : 2;
        long multiplyAdds = IMAGES * 9 * 81 * 3L * (3 * 8 + 8 * 2) - IMAGES * 9 * 81 * 3L * 8;
        for (Loss loss : List.of(new MeanSquaredError(), new BinaryCrossEntropy(), absolute)) {
            Training training = Training.paper().withLoss(loss).withClipNorm(1).withAverageDecay(0.9);
            Forecast forecast = Forecast.of(maps, INPUT, training, strategy::table, devices);
            assertThat(forecast.devices().stream()
                            .mapToLong(DeviceForecast::multiplyAdds)
                            .sum())
                    .isEqualTo(multiplyAdds);
            List<Shape> samples = List.of(INPUT.withoutBatch());
            StepTime time = StepTime.predict(
                    maps, samples, training, strategy::table, devices, IMAGES, new StepTime.Machine(1e9, 1e9));
            assertThat(time.computeSeconds()).isCloseTo(2 * multiplyAdds / 1e9 / devices, Offset.offset(1e-9));
        }
    }

    @Test
    void devicesThatCopyAheadHaveRoomForTheNextBatchToo() {
        List<Shape> inputs = List.of(INPUT);
        long image = INPUT.withoutBatch().elements() * Float.BYTES;
        Forecast two = Forecast.of(NETWORK, inputs, Training.paper(), Strategy.DATA::table, 2);
        Forecast ahead = Forecast.of(NETWORK, inputs, Training.paper(), Strategy.DATA::table, List.of(true, false));
        assertThat(ahead.devices().get(0).bytes() - two.devices().get(0).bytes())
                .isEqualTo(IMAGES / 2 * image);
        assertThat(ahead.devices().get(1)).isEqualTo(two.devices().get(1));
        assertThat(ahead.layers()).isEqualTo(two.layers());
        var provider = Backends.named("reference");
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", 2L)))) {
            assertThat(DevicePlacement.of(Strategy.DATA, backend.devices()).forecast(NETWORK, inputs, Training.paper()))
                    .isEqualTo(two);
        }
    }

    @Test
    void columnsGatherAndScatterAndKeepTheirWeights() {
        Forecast forecast = Forecast.of(NETWORK, INPUT, Strategy.COLUMNS::table, 2);
        LayerForecast conv2 = forecast.layers().get(3);
        assertThat(conv2.axis()).isEqualTo(Axis.CHANNEL);
        assertThat(conv2.parameters()).containsExactly(Shape.of(12, 4, 3, 3), Shape.of(12));
        LayerForecast.Shard second = conv2.shards().get(1);
        assertThat(second.parameters()).containsExactly(Shape.of(6, 4, 3, 3), Shape.of(6));
        assertThat(second.inputs()).containsExactly(Shape.of(IMAGES, 4, 4, 4));
        assertThat(second.output()).isEqualTo(Shape.of(IMAGES, 6, 2, 2));
        assertThat(conv2.received()).isEqualTo(new Received(0, 0, 0, 0));
        // Nothing is known of a lambda, so it runs whole, on the first device, which lacks the other's half.
        LayerForecast centre = forecast.layers().get(1);
        long half = IMAGES * 4L * 9 * 9 * Float.BYTES;
        assertThat(centre.axis()).isEqualTo(Axis.NONE);
        assertThat(centre.shards().get(0).received()).isEqualTo(new Received(half, 0, 0, 0));
        assertThat(centre.shards().get(1).received()).isEqualTo(new Received(0, 0, 0, half));
        assertThat(centre.shards().get(0).sources()).containsExactly(new Source("conv1", 1));
        assertThat(centre.shards().get(1).output()).isNull();
        LayerForecast fc3 = forecast.layers().get(4);
        long halfInput = IMAGES * 6L * 2 * 2 * Float.BYTES;
        assertThat(fc3.shards())
                .extracting(LayerForecast.Shard::received)
                .containsOnly(new Received(halfInput, 0, 0, halfInput));
    }

    @Test
    void dataBringsWeightsAndReducesTheirGradients() {
        Forecast forecast = Forecast.of(NETWORK, INPUT, Strategy.DATA::table, 3);
        LayerForecast conv1 = forecast.layers().get(0);
        long weights = 8L * 3 * 3 * 3 * Float.BYTES;
        long bias = 8L * Float.BYTES;
        // The larger weights of fc3 are the first device's to update, these the second's, the biases the third's.
        assertThat(conv1.shards())
                .extracting(LayerForecast.Shard::received)
                .containsExactly(
                        new Received(0, weights + bias, 0, 0),
                        new Received(0, bias, 2 * weights, 0),
                        new Received(0, weights, 2 * bias, 0));
        assertThat(conv1.shards().get(2).output()).isEqualTo(Shape.of(2, 8, 9, 9));
        // Sharded by image all the way, no layer's input comes from elsewhere.
        assertThat(forecast.layers().subList(0, forecast.layers().size() - 1)).allSatisfy(layer -> {
            assertThat(layer.received().gathered()).as(layer.name()).isZero();
            assertThat(layer.received().scattered()).as(layer.name()).isZero();
            assertThat(layer.received().reduced())
                    .as(layer.name())
                    .isEqualTo(layer.received().weights());
        });
        assertThat(forecast.crossedBytes())
                .isEqualTo(forecast.layers().stream()
                        .mapToLong(layer -> layer.received().bytes())
                        .sum());
    }
}

package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.GlobalAveragePooling;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.LayerNormalization;
import dev.tandem.nn.layer.LeakyRelu;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocallyConnected;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers that the paper does not have train the same on one device and on several. */
class DividedLayersTest {
    private static final Shape INPUT = Shape.of(6, 3, 9, 9);
    private static final Initializer WIDE = Initializer.gaussian(0.2);

    private static final Network NETWORK = Network.builder()
            .add("pointwise", Convolution.pointwise(6).weights(WIDE))
            .add("gelu", Activation.gelu())
            .add("depthwise", Convolution.depthwise(3).padding(1).weights(WIDE))
            .add("norm", LayerNormalization.of(3))
            .add("leaky", new LeakyRelu(0.1))
            .add("local", LocallyConnected.of(4, 3).stride(2).weights(WIDE))
            .add("pool", new GlobalAveragePooling())
            .add("fc", Linear.of(3).weights(WIDE))
            .build();

    @ParameterizedTest
    @CsvSource({"COLUMNS, 2", "COLUMNS, 3", "DATA, 2", "HYBRID, 2", "HYBRID, 3"})
    void lossesAreThoseOfOneDevice(Strategy strategy, int devices) {
        List<Double> expected = losses(Strategy.SINGLE, 1);
        List<Double> actual = losses(strategy, devices);
        for (int step = 0; step < expected.size(); step++) {
            assertThat(actual.get(step)).as("step %d", step).isCloseTo(expected.get(step), Offset.offset(1e-9));
        }
    }

    private static List<Double> losses(Strategy strategy, int devices) {
        var provider = Backends.named("reference");
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
                PlacedModel model =
                        DevicePlacement.of(strategy, backend.devices()).place(NETWORK, INPUT, Training.paper())) {
            model.initialize(1);
            List<Double> losses = new ArrayList<>();
            for (int step = 0; step < 4; step++) {
                model.step(batch(step), new StepSettings(1, step, 0.1));
                losses.add(model.takeLoss().mean());
            }
            assertThat(losses).doesNotHaveDuplicates();
            return losses;
        }
    }

    private static HostBatch batch(int step) {
        HostBatch batch = new HostBatch(INPUT);
        for (int i = 0; i < batch.images().array().length; i++) {
            batch.images().array()[i] = (i * 31 + step * 17) % 23 / 11f - 1;
        }
        for (int i = 0; i < batch.labels().length; i++) {
            batch.labels()[i] = i % 3;
        }
        return batch;
    }
}

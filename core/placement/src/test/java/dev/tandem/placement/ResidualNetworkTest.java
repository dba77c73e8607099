package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.ModelSummary;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.NetworkBuilder;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.StepSettings;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The residual network of 20 layers for CIFAR-10 (He et al. 2016, section 4.2), with shortcuts without parameters. */
class ResidualNetworkTest {
    private static Convolution convolution(int channels, int stride) {
        double he = Math.sqrt(2.0 / (9 * channels));
        return Convolution.of(channels, 3)
                .stride(stride)
                .padding(1)
                .withoutBias()
                .weights(Initializer.gaussian(he));
    }

    private static Network block(int channels, int stride) {
        NetworkBuilder builder = Network.builder()
                .add("conv1", convolution(channels, stride))
                .add("norm1", new BatchNormalization())
                .add("relu1", Activation.relu())
                .add("conv2", convolution(channels, 1))
                .add("norm2", new BatchNormalization());
        String shortcut = Network.INPUT;
        if (stride > 1) {
            // Every second place, and zeros for the new channels.
            Layer zeros = (x, context) -> x.multiply(0);
            builder.add("half", Pooling.average(1).stride(stride), Network.INPUT)
                    .add("zeros", zeros)
                    .add("shortcut", Merge.concatenation(), "half", "zeros");
            shortcut = "shortcut";
        }
        return builder.add("sum", Merge.sum(), "norm2", shortcut)
                .add("relu2", Activation.relu())
                .build();
    }

    /** For images of {@code side} pixels, a multiple of 4. */
    private static Network network(int side) {
        NetworkBuilder builder = Network.builder()
                .add("conv", convolution(16, 1))
                .add("norm", new BatchNormalization())
                .add("relu", Activation.relu());
        for (int stage = 0; stage < 3; stage++) {
            for (int block = 0; block < 3; block++) {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                builder.add("block" + (stage + 1) + (block + 1), block(16 << stage, stride));
            }
        }
        return builder.add("pool", Pooling.average(side / 4))
                .add("fc", Linear.of(10))
                .build();
    }

    @Test
    void hasThePublishedSize() {
        ModelSummary summary = ModelSummary.of(network(32), Shape.of(3, 32, 32));
        assertThat(summary.parameters()).as("0.27 M").isEqualTo(269_722);
        assertThat(summary.multiplyAdds()).as("41 M").isBetween(40_500_000L, 41_500_000L);
    }

    @ParameterizedTest
    @CsvSource({"DATA, 2", "HYBRID, 2", "HYBRID, 4", "COLUMNS, 2"})
    void lossesAreThoseOfOneDevice(Strategy strategy, int devices) {
        double[] single = losses(Strategy.SINGLE, 1);
        double[] divided = losses(strategy, devices);
        for (int step = 0; step < single.length; step++) {
            assertThat(divided[step]).as("step %d", step).isCloseTo(single[step], Offset.offset(1e-9 * single[step]));
        }
        assertThat(single[single.length - 1]).isLessThan(single[0]);
    }

    private static double[] losses(Strategy strategy, int devices) {
        Shape input = Shape.of(4, 3, 8, 8);
        HostBatch batch = new HostBatch(input);
        RandomKey key = new RandomKey(7, RandomKey.Purpose.SYNTHETIC, 0, 0);
        Philox.gaussians(key, 0, batch.images().array(), 0, batch.images().array().length);
        for (int i = 0; i < batch.labels().length; i++) {
            batch.labels()[i] = i;
        }
        double[] losses = new double[3];
        var provider = Backends.named("reference");
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", (long) devices)));
                PlacedModel model =
                        DevicePlacement.of(strategy, backend.devices()).place(network(8), input, Training.paper())) {
            model.initialize(1);
            for (int step = 0; step < losses.length; step++) {
                model.step(batch, new StepSettings(1, step, 0.05));
                losses[step] = model.takeLoss().mean();
            }
        }
        return losses;
    }
}

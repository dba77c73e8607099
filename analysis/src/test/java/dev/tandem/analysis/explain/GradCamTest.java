package dev.tandem.analysis.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.alexnet.Recipes;
import dev.tandem.alexnet.Sizes;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.placement.DevicePlacement;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GradCamTest {
    private static final Shape IMAGES = Shape.of(2, 2, 5, 5);

    private static final Network NETWORK = Network.builder()
            .add("conv1", Convolution.of(4, 3).padding(1))
            .add("relu1", Activation.relu())
            .add("pool1", Pooling.max(2))
            .add("fc", Linear.of(3))
            .build();

    private static HostBatch images() {
        HostBatch batch = new HostBatch(IMAGES);
        System.arraycopy(TinyNets.sines(100, 0.7, 0.1), 0, batch.images().array(), 0, 100);
        return batch;
    }

    /** Computed by PyTorch 2.13 in float64: the gradient of the score, its mean over each map, the sum, ReLU. */
    @Test
    void isPyTorchs() {
        double[][] expected = {
            {
                0.6448136,
                0.4179233,
                0.3886819,
                0.2796261,
                0.3805506,
                0,
                0,
                0,
                0,
                0,
                0.8375818,
                0.588534,
                0.3581449,
                0.06293397,
                0.182154,
                0,
                0,
                0,
                0.3106609,
                0.3452013,
                0.3359408,
                0.2703504,
                0.03656071,
                0,
                0
            },
            {
                0.8617837, 0.5733267, 0.6315997, 0.4354827, 0.6858287, 0, 0, 0, 0, 0, 1.282741, 0.9006208, 0.5319649, 0,
                0, 0, 0, 0, 0.4537293, 0.5335572, 0.400036, 0.3529088, 0, 0, 0
            }
        };
        try (Backend backend = TinyNets.reference();
                PlacedModel model = TinyNets.placed(backend, NETWORK, IMAGES)) {
            model.write("conv1.weight", TinyNets.sines(72, 0.9, 0.3));
            model.write("conv1.bias", TinyNets.sines(4, 1.3, 0.2));
            model.write("fc.weight", TinyNets.sines(108, 0.37, 0.5));
            model.write("fc.bias", TinyNets.sines(3, 1.1, 0));
            List<Heatmap> maps = GradCam.of(NETWORK, model, "relu1", images(), new int[] {2, 0});
            for (int row = 0; row < 2; row++) {
                for (int place = 0; place < 25; place++) {
                    assertThat(maps.get(row).at(place % 5 + 0.5, place / 5 + 0.5))
                            .as("row %d, place %d", row, place)
                            .isCloseTo(expected[row][place], within(1e-6));
                }
            }
        }
    }

    @Test
    void aLayerWithoutMapsIsRefused() {
        try (Backend backend = TinyNets.reference();
                PlacedModel model = TinyNets.placed(backend, NETWORK, IMAGES)) {
            model.initialize(1);
            assertThatThrownBy(() -> GradCam.of(NETWORK, model, "fc", images(), new int[] {2, 0}))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("the layer has no maps");
        }
    }

    /** Backward passes of whole layers, on what the fast convolutions and poolings left behind in inference. */
    @Test
    void isTheSameOnTheCpuBackend() {
        Recipe recipe = Recipes.SMALL.recipe(
                3, Sizes.paper().width(12).hidden(16).image(60).crop(56));
        HostBatch batch = new HostBatch(recipe.input(2));
        float[] pixels = TinyNets.sines(batch.images().array().length, 0.37, 0);
        for (int i = 0; i < pixels.length; i++) {
            batch.images().array()[i] = 100 * pixels[i];
        }
        Heatmap[] maps = new Heatmap[2];
        for (String name : List.of("reference", "cpu")) {
            var provider = Backends.named(name);
            try (Backend backend = provider.open(BackendOptions.of(provider, Map.of()));
                    PlacedModel model =
                            DevicePlacement.single(backend.devices().get(0)).place(recipe.network(), recipe.input(2))) {
                model.initialize(4);
                maps[name.equals("cpu") ? 1 : 0] = GradCam.of(recipe.network(), model, "relu5", batch, new int[] {0, 2})
                        .get(1);
            }
        }
        float most = maps[0].greatest().value();
        assertThat(most).isPositive();
        for (int place = 0; place < 56; place += 5) {
            assertThat(maps[1].at(place, 56 - place)).isCloseTo(maps[0].at(place, 56 - place), within(1e-3 * most));
        }
    }
}

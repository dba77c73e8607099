package dev.tandem.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.Stepped;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** {@code tandem.init} reaches convolutions of every kind and linear layers. */
class InitialValuesTest {
    private static final Initializer WIDE = Initializer.gaussian(0.3);

    @Test
    void everyWeightedLayerBeginsWithThem() {
        Network network = Network.builder()
                .add("conv", Convolution.of(4, 3).bias(Initializer.constant(0)))
                .add("depthwise", Convolution.depthwise(3).bias(Initializer.constant(0)))
                .add("fc", Linear.of(2))
                .build();
        assertThat(changed(network).layers().values())
                .containsExactly(
                        Convolution.of(4, 3).weights(WIDE).bias(Initializer.constant(1)),
                        Convolution.depthwise(3).weights(WIDE).bias(Initializer.constant(1)),
                        Linear.of(2).weights(WIDE));
    }

    @Test
    void theLastLayerKeepsItsBiases() {
        Network network = Network.builder()
                .add("conv", Convolution.of(4, 3).withoutBias())
                .add("last", Convolution.depthwise(3))
                .build();
        assertThat(changed(network).layers().values())
                .containsExactly(
                        Convolution.of(4, 3).withoutBias().weights(WIDE),
                        Convolution.depthwise(3).weights(WIDE));
    }

    private static Network changed(Network network) {
        Recipe recipe = Recipe.named("small")
                .network(network, 2)
                .preprocessing(new Preprocessing(10, 8, Preprocessing.Pixels.MEAN_IMAGE))
                .schedule(new Stepped(0.1, 0.5, 1))
                .epochs(1)
                .batch(4)
                .build();
        return new InitialValues(Optional.of("0.3"), OptionalDouble.of(1))
                .applyTo(recipe)
                .network();
    }
}

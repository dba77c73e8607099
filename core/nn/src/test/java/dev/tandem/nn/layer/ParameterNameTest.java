package dev.tandem.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Shape;
import org.junit.jupiter.api.Test;

class ParameterNameTest {
    @Test
    void isTheLayerAndTheKind() {
        ParameterName name = ParameterName.parse("conv1.weight");
        assertThat(name).isEqualTo(new ParameterName("conv1", "weight")).hasToString("conv1.weight");
        assertThat(name.isWeight()).isTrue();
        assertThat(name.isBias()).isFalse();
    }

    @Test
    void layersOfANetworkInANetworkHaveItsName() {
        ParameterName name = ParameterName.parse("block.conv1.bias");
        assertThat(name).isEqualTo(new ParameterName("block.conv1", "bias")).hasToString("block.conv1.bias");
        assertThat(name.isBias()).isTrue();
    }

    @Test
    void aLayerOnItsOwnHasNoName() {
        assertThat(ParameterName.parse("bias"))
                .isEqualTo(new ParameterName("", "bias"))
                .hasToString("bias");
    }

    @Test
    void sequencesNameTheirParametersByLayer() {
        Network network = Network.builder().add("fc", Linear.of(2)).build();
        assertThat(network.parameters(Shape.of(1, 3)))
                .extracting(ParameterSpec::name)
                .containsExactly("fc.weight", "fc.bias");
    }
}

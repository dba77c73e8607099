package dev.tandem.nn.layer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerPatternTest {
    @ParameterizedTest
    @CsvSource({
        "conv1, conv1, true",
        "conv1, conv12, false",
        "conv*, conv12, true",
        "*, block1.conv1, true",
        "block1, block1.conv1, true",
        "block1, block10.conv1, false",
        "block*.conv1, block10.conv1, true",
        "conv1, block1.conv1, false",
        "*conv1, block1.conv1, true",
        "con.1, conv1, false"
    })
    void matchesALayerAndWhatIsInside(String pattern, String layer, boolean matches) {
        assertThat(new LayerPattern(pattern).matches(layer)).isEqualTo(matches);
    }
}

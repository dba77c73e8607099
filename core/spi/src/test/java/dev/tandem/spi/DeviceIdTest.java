package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceIdTest {
    @Test
    void readsWhatItWrites() {
        DeviceId second = DeviceId.parse("cuda:1");

        assertThat(second).isEqualTo(new DeviceId("cuda", 1)).hasToString("cuda:1");
        assertThat(DeviceId.parse("my-chip2:9999").index()).isEqualTo(9999);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "cpu", "cpu:", ":0", "cpu:-1", "cpu:x", "CPU:0", "cpu:0:1", "cpu :0", "cpu:10000", "0:0"})
    void refusesAnythingElse(String text) {
        assertThatThrownBy(() -> DeviceId.parse(text))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("got " + text + ", expected backend:index");
    }
}

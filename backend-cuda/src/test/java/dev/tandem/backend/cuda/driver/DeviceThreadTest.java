package dev.tandem.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.DeviceId;
import dev.tandem.spi.TandemException;
import org.junit.jupiter.api.Test;

class DeviceThreadTest {
    @Test
    void anErrorIsToldAndTheThreadGoesOnThoughTheErrorCannotBeDescribed() {
        try (DeviceThread thread = new DeviceThread(new DeviceId("cuda", 3))) {
            assertThatThrownBy(() -> thread.call("read", () -> {
                        throw new NoClassDefFoundError("dev/tandem/Gone");
                    }))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("dev/tandem/Gone");
            assertThatThrownBy(() -> thread.call("read", () -> {
                        throw new OutOfMemoryError("Java heap space") {
                            @Override
                            public String toString() {
                                throw this; // as if there were no memory for the text
                            }
                        };
                    }))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("failed on cuda:3")
                    .hasMessageContaining("memory ran out while the failure was described");
            assertThat(thread.<String>call("next", () -> "works again")).isEqualTo("works again");
        }
    }
}

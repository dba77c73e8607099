package dev.tandem.runtime.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Backend;
import dev.tandem.spi.Device;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenedBackendsTest {
    private final List<String> closed = new ArrayList<>();

    /** A backend without devices, whose closing fails where its name says so. */
    private final class Closing implements Backend {
        private final String name;

        Closing(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public List<Device> devices() {
            return List.of();
        }

        @Override
        public void close() {
            closed.add(name);
            if (name.startsWith("failing")) {
                throw new IllegalStateException(name);
            }
        }
    }

    @Test
    void allBackendsAreClosedThoughSomeFail() {
        List<Backend> backends = List.of(new Closing("failing cuda"), new Closing("cpu"), new Closing("failing other"));

        assertThatThrownBy(() -> OpenedBackends.closeAll(backends))
                .hasMessage("failing cuda")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(next -> assertThat(next).hasMessage("failing other")));
        assertThat(closed).containsExactly("failing cuda", "cpu", "failing other");
    }
}

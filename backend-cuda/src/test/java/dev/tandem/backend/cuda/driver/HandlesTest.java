package dev.tandem.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandlesTest {
    private final List<String> destroyed = new ArrayList<>();
    private final Handles handles = new Handles();

    private void add(String name) {
        handles.add(() -> {
            destroyed.add(name);
            if (name.startsWith("stubborn")) {
                throw new IllegalStateException(name);
            }
        });
    }

    @Test
    void allAreDestroyedOnceFromTheLastThoughSomeFail() {
        List.of("context", "stubborn stream", "event", "stubborn module").forEach(this::add);

        assertThatThrownBy(handles::close)
                .hasMessage("stubborn module")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(next -> assertThat(next).hasMessage("stubborn stream")));
        handles.close();
        assertThat(destroyed).containsExactly("stubborn module", "event", "stubborn stream", "context");
    }

    @Test
    void whatWasMadeBeforeAFailureIsDestroyedWithIt() {
        List.of("stubborn handle", "descriptor").forEach(this::add);
        RuntimeException failure = new IllegalStateException("no algorithm");
        handles.closeAfter(failure);

        assertThat(destroyed).containsExactly("descriptor", "stubborn handle");
        assertThat(failure.getSuppressed())
                .singleElement()
                .satisfies(e -> assertThat(e).hasMessage("stubborn handle"));
    }
}

package dev.tandem.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Probe;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/** A backend that cannot run is skipped with its reason, or failed with it where it is required. */
class UnavailableBackendTest {
    private static final String REASON = "backend absent cannot run here: no such chip. Buy one";

    private final BackendConformance suite = new BackendConformance("absent") {
        @Override
        protected BackendProvider provider() {
            return new AbsentProvider();
        }
    };

    @AfterEach
    void forget() {
        System.clearProperty("conformance.required");
    }

    @Test
    void isSkippedWithItsReason() {
        assertThatThrownBy(suite::open).isInstanceOf(TestAbortedException.class).hasMessageContaining(REASON);
        System.setProperty("conformance.required", "another");
        assertThatThrownBy(suite::open).isInstanceOf(TestAbortedException.class);
        suite.close();
    }

    @Test
    void failsWhereItIsRequired() {
        System.setProperty("conformance.required", "absent");
        assertThatThrownBy(suite::open).isInstanceOf(AssertionFailedError.class).hasMessage(REASON);
    }

    private static final class AbsentProvider implements BackendProvider {
        @Override
        public String name() {
            return "absent";
        }

        @Override
        public List<BackendOption> options() {
            return List.of();
        }

        @Override
        public Probe probe() {
            return Probe.unavailable("no such chip", "Buy one");
        }

        @Override
        public Backend open(BackendOptions options) {
            throw new UnsupportedOperationException("not available");
        }
    }
}

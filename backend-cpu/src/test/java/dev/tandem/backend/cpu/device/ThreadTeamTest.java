package dev.tandem.backend.cpu.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ThreadTeamTest {
    @Test
    void aFailureOfOnePartIsThrownWhenTheOthersHaveEnded() {
        try (ThreadTeam team = new ThreadTeam(2, "test")) {
            AtomicBoolean ended = new AtomicBoolean();
            CountDownLatch failing = new CountDownLatch(1);
            assertThatThrownBy(() -> team.forEach(2, 1, (from, to) -> {
                        if (from == 0) {
                            failing.countDown();
                            throw new StackOverflowError("the caller's part");
                        }
                        await(failing);
                        ended.set(true);
                    }))
                    .isInstanceOf(StackOverflowError.class);
            assertThat(ended).isTrue();

            assertThatThrownBy(() -> team.forEach(2, 1, (from, to) -> {
                        if (from > 0) {
                            throw new NoClassDefFoundError("dev/tandem/Gone");
                        }
                    }))
                    .hasMessageContaining("parallel loop failed")
                    .hasMessageContaining("dev/tandem/Gone");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
            Thread.sleep(50); // long enough for a caller that does not wait to be seen
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}

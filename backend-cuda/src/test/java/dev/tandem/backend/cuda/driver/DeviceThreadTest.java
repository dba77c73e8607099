package dev.tandem.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.DeviceId;
import dev.tandem.spi.TandemException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DeviceThreadTest {
    /** Its stream waits for a fence of the lost device, and so does the call under way. */
    @Test
    @Timeout(60)
    void closingDoesNotWaitForADriverThatNeverAnswersOnceAnotherDeviceIsLost() {
        CountDownLatch never = new CountDownLatch(1);
        try (DeviceThread lost = new DeviceThread(new DeviceId("cuda", 0))) {
            DeviceThread waiting = new DeviceThread(new DeviceId("cuda", 1));
            waiting.submit("synchronize", () -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            lost.submit("read", () -> {
                throw new DriverException(DriverException.Kind.DEVICE_LOST, "cuStreamSynchronize", "error 719");
            });
            lost.awaitSubmitted();
            assertThat(lost.isLost()).isTrue();
            waiting.abandon(lost);
            waiting.close();
            assertThatThrownBy(() -> waiting.run("write", () -> {})).hasMessageContaining("was lost with cuda:0");
        } finally {
            never.countDown();
        }
    }

    /** However soon the next operation comes. */
    @Test
    void theFailureThatADeviceIsLostWithIsToldBeforeTheLoss() {
        for (int time = 0; time < 300; time++) {
            try (DeviceThread thread = new DeviceThread(new DeviceId("cuda", 0))) {
                thread.submit("affine", () -> {
                    throw new DriverException(DriverException.Kind.DEVICE_LOST, "cuLaunchKernel", "error 719");
                });
                assertThatThrownBy(() -> {
                            while (true) {
                                thread.submit("next", () -> {});
                            }
                        })
                        .as("time %d", time)
                        .hasMessageContaining("affine: failed on cuda:0");
                assertThatThrownBy(() -> thread.run("later", () -> {}))
                        .hasMessageContaining("later: cuda:0 was lost in affine");
            }
        }
    }

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

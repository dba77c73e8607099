package dev.tandem.backend.cpu.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.DeviceId;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Profile;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ComputeThreadTest {
    private final Profile profile = new Profile();
    private final ComputeThread thread = new ComputeThread(new DeviceId("cpu", 7), profile);

    @AfterEach
    void close() {
        thread.close();
    }

    @Test
    void runsInOrderOnOneDaemonThread() {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 2000; i++) {
            int number = i;
            thread.submit("note", () -> {
                order.add(number);
                threads.add(Thread.currentThread());
            });
        }
        thread.synchronize();
        assertThat(order).hasSize(2000).isSorted();
        assertThat(threads).containsOnly(threads.get(0));
        assertThat(threads.get(0).isDaemon()).isTrue();
    }

    @Test
    void theFirstFailureIsThrownOnceAndWorkBehindItIsSkipped() {
        List<String> done = Collections.synchronizedList(new ArrayList<>());
        thread.call("hold", () -> 0);
        thread.submit("convolution", () -> {
            throw new IllegalStateException("status 2");
        });
        submitQuietly("skipped", () -> done.add("skipped"));
        thread.submitAlways("release", () -> done.add("release"));
        assertThatThrownBy(thread::synchronize)
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DEVICE_FAILURE))
                .hasMessageContaining("convolution")
                .hasMessageContaining("cpu:7")
                .hasMessageContaining("status 2");
        assertThat(done).containsExactly("release");
        assertThat(thread.<String>call("next", () -> "works again")).isEqualTo("works again");
    }

    /** The failure may have come first, and then is this call's. */
    private void submitQuietly(String operation, Runnable body) {
        try {
            thread.submit(operation, body);
        } catch (TandemException first) {
            thread.submit("fail again", () -> {
                throw new IllegalStateException("convolution: status 2");
            });
        }
    }

    @Test
    void aCallBehindAFailureThrowsIt() {
        assertThatThrownBy(() -> thread.call("read", () -> {
                    throw new IllegalStateException("nothing there");
                }))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("read")
                .hasMessageContaining("nothing there");
        thread.synchronize();
    }

    @Test
    void anErrorIsToldAndTheThreadGoesOnThoughTheErrorCannotBeDescribed() {
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
                .hasMessageContaining("failed on cpu:7")
                .hasMessageContaining("memory ran out while the failure was described");
        assertThat(thread.<String>call("next", () -> "works again")).isEqualTo("works again");
    }

    @Test
    void timesOperationsOnlyWhileSomebodyWatches() {
        thread.submit("unwatched", () -> {});
        profile.start();
        profile.at("conv1", Profile.Phase.BACKWARD);
        thread.submit("convolution", () -> {
            profile.servedBy("jit");
            profile.servedBy("reorder");
            spin(2_000_000);
        });
        profile.at("", Profile.Phase.FORWARD);
        thread.submit("fill", () -> {});
        thread.synchronize();
        List<Profile.Entry> entries = profile.stop();
        thread.submit("unwatched", () -> profile.servedBy("jit"));
        thread.synchronize();
        assertThat(entries).extracting(Profile.Entry::operation).containsExactly("convolution", "fill");
        assertThat(entries.get(0).place())
                .isEqualTo(new Profile.Place("conv1", Profile.Phase.BACKWARD, Profile.Gradient.NONE));
        assertThat(entries.get(0).implementation()).isEqualTo("jit+reorder");
        assertThat(entries.get(0).nanos()).isGreaterThanOrEqualTo(2_000_000);
        assertThat(entries.get(1).implementation()).isEmpty();
        assertThat(profile.stop()).hasSize(2);
    }

    @Test
    void theTimesOfARecordingAddUpToIt() {
        CompletableFuture<String> another = new CompletableFuture<>() {
            @Override
            public String join() {
                spin(5_000_000);
                return "";
            }
        };
        long before = System.nanoTime();
        profile.start();
        long first = System.nanoTime();
        thread.submit("compute", () -> spin(3_000_000));
        thread.submit("copy", () -> thread.await(another));
        thread.synchronize();
        spin(7_000_000); // the device waits for its caller
        thread.submit("compute", () -> spin(3_000_000));
        thread.synchronize();
        long last = System.nanoTime();
        long computing = profile.stop().stream().mapToLong(Profile.Entry::nanos).sum();
        long after = System.nanoTime();
        assertThat(computing).isGreaterThanOrEqualTo(6_000_000);
        assertThat(profile.idle().waiting()).isGreaterThanOrEqualTo(12_000_000);
        assertThat(profile.idle().between()).isPositive();
        assertThat(computing + profile.idle().waiting() + profile.idle().between())
                .isBetween(last - first, after - before);
        profile.start();
        assertThat(profile.idle()).isEqualTo(new Profile.Idle(0, 0));
    }

    private static void spin(long nanos) {
        long until = System.nanoTime() + nanos;
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aClosedDeviceSaysSo() {
        thread.close();
        thread.close();
        thread.submitAlways("release", () -> {
            throw new AssertionError("ran after closing");
        });
        assertThatThrownBy(() -> thread.submit("fill", () -> {}))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("fill: the device is closed");
    }
}

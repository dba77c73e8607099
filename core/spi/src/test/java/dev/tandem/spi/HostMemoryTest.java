package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.dryrun.DryRun;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostMemoryTest {
    @Test
    void valuesWaitOnceForTheLastReadOfEachReader() {
        HostMemory memory = new HostMemory(3);
        List<String> ended = new ArrayList<>();
        memory.values().put(new float[] {1, 2, 3});
        memory.readBy("a", () -> ended.add("first of a"));
        memory.readBy("a", () -> ended.add("second of a"));
        memory.readBy("b", () -> ended.add("b"));
        assertThat(memory.unchanged().get(1)).isEqualTo(2);
        assertThat(ended).isEmpty();
        assertThat(memory.values().get(2)).isEqualTo(3);
        assertThat(ended).containsExactlyInAnyOrder("second of a", "b");
        memory.values();
        assertThat(ended).hasSize(2);
    }

    /** As if another thread had it copied meanwhile. */
    @Test
    void aReadThatBeginsWhileOthersAreWaitedForIsWaitedForNext() {
        HostMemory memory = new HostMemory(1);
        List<String> ended = new ArrayList<>();
        memory.readBy("a", () -> {
            ended.add("first");
            memory.readBy("a", () -> ended.add("second"));
        });
        memory.values();
        assertThat(ended).containsExactly("first");
        memory.values();
        assertThat(ended).containsExactly("first", "second");
    }

    @Test
    void accessesTellWhetherTheNumbersMayHaveChanged() {
        HostMemory memory = new HostMemory(1);
        long before = memory.accesses();
        memory.unchanged();
        assertThat(memory.accesses()).isEqualTo(before);
        memory.values();
        assertThat(memory.accesses()).isGreaterThan(before);
    }

    @Test
    void eachViewBeginsAtTheFirstNumber() {
        HostMemory memory = new HostMemory(2);
        memory.values().put(5);
        memory.values().put(6);
        assertThat(memory.array(0, 2)).containsExactly(6, 0);
        assertThat(memory.array(1, 1)).containsExactly(0);
    }

    @Test
    void aTensorIsWrittenFromWhatThereIs() {
        Device device = new DryRun(new DeviceId("dry-run", 0)).device();
        HostMemory memory = HostMemory.of(4, List.of(device));
        try (Tensor tensor = device.allocate(Shape.of(3))) {
            tensor.write(memory, 1);
            assertThatThrownBy(() -> tensor.write(memory, 2))
                    .hasMessage("write: outside of the host memory, got 2 to 5, expected 0 to 4."
                            + " Pass memory that holds a value for each element");
            assertThatThrownBy(() -> tensor.write(memory, -1)).hasMessageContaining("got -1 to 2, expected 0 to 4");
        }
    }
}

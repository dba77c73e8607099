package dev.tandem.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Device;
import dev.tandem.spi.TensorScope;
import dev.tandem.testkit.Agreement;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.DynamicTest;

/**
 * Runs programs on the device under test and on the reference, and compares what they leave.
 *
 * @param tested the device under test
 * @param reference a device of the reference backend
 * @param tolerance the greatest {@link Agreement#error} of any result
 * @param seed what all data is drawn from
 */
record SideBySide(Device tested, Device reference, double tolerance, long seed) {
    /** A test that {@code program} has the same results on both devices, and gives all its memory back. */
    DynamicTest agree(String name, Consumer<Side> program) {
        return alone(name, device -> {
            Map<String, double[]> expected = run(reference, name, program);
            Map<String, double[]> actual = run(device, name, program);
            assertThat(actual.keySet()).isEqualTo(expected.keySet()).isNotEmpty();
            expected.forEach((result, values) -> {
                String what = String.format("%s: %s on %s (seed %d)", name, result, device.id(), seed);
                assertThat(values).as("%s, by the reference", what).doesNotContain(Double.NaN);
                Agreement.require(what, actual.get(result), values, tolerance);
            });
        });
    }

    /** A test of the tested device alone, which must give all its memory back. */
    DynamicTest alone(String name, Consumer<Device> test) {
        return DynamicTest.dynamicTest(name, () -> {
            long before = tested.memoryUse().used();
            test.accept(tested);
            tested.synchronize();
            assertThat(tested.memoryUse().used())
                    .as("%s: bytes in use on %s afterwards", name, tested.id())
                    .isEqualTo(before);
        });
    }

    private Map<String, double[]> run(Device device, String name, Consumer<Side> program) {
        Side side = new Side(device, seed, name);
        try (TensorScope scope = TensorScope.open()) {
            program.accept(side);
        }
        return side.results();
    }
}

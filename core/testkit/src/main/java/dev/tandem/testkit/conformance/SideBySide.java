package dev.tandem.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Device;
import dev.tandem.spi.Tensor;
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
 * @param rounding see {@link BackendConformance#rounding}
 * @param seed what all data is drawn from
 */
record SideBySide(Device tested, Device reference, double tolerance, double rounding, long seed) {
    /** The greatest share of a layer's units that {@link #withoutJumps} may leave out. */
    private static final double MOST_JUMPS = 0.3;

    /** Of a device that computes in single precision. */
    SideBySide(Device tested, Device reference, double tolerance, long seed) {
        this(tested, reference, tolerance, 0, seed);
    }

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

    /** What a layer sums, before its activation; {@code bias} may be null. */
    interface Sums {
        Tensor of(Tensor x, Tensor w, Tensor bias);
    }

    /**
     * The gradient {@code dy} of a layer with ReLU, with 0 for each unit whose sum rounding can move across 0: there the
     * gradient jumps, and both sides are right. If the reference's sum of {@code n} terms is {@code v} and that of their
     * absolute values {@code m}, these are the units with
     *
     * <pre>{@code |v| <= ((1 + rounding) (1 + n u / (1 - n u)) - 1) m}</pre>
     *
     * with {@code u = 2^-23}, as additions may truncate (Higham, Accuracy and Stability of Numerical Algorithms, chapter
     * 3). All are kept if the device computes in single precision. They must not be many.
     *
     * @param terms n
     */
    Tensor withoutJumps(Tensor dy, int terms, Tensor x, Tensor w, Tensor bias, Sums sums) {
        if (rounding == 0) {
            return dy;
        }
        double[] values =
                sums.of(there(x, false), there(w, false), there(bias, false)).readDoubles();
        double[] magnitudes =
                sums.of(there(x, true), there(w, true), there(bias, true)).readDoubles();
        double additions = terms * 0x1p-23;
        double bound = (1 + rounding) * (1 + additions / (1 - additions)) - 1;
        float[] kept = dy.read();
        int jumps = 0;
        for (int i = 0; i < kept.length; i++) {
            if (Math.abs(values[i]) <= bound * magnitudes[i]) {
                kept[i] = 0;
                jumps++;
            }
        }
        assertThat(jumps).as("units near 0, of %d", kept.length).isLessThanOrEqualTo(Math.max(1, (int)
                (kept.length * MOST_JUMPS)));
        return dy.write(kept);
    }

    /** The same elements on the reference, or their absolute values. */
    private Tensor there(Tensor tensor, boolean absolute) {
        if (tensor == null) {
            return null;
        }
        float[] values = tensor.read();
        for (int i = 0; absolute && i < values.length; i++) {
            values[i] = Math.abs(values[i]);
        }
        return reference.tensor(tensor.shape(), values);
    }

    private Map<String, double[]> run(Device device, String name, Consumer<Side> program) {
        Side side = new Side(device, seed, name);
        try (TensorScope scope = TensorScope.open()) {
            program.accept(side);
        }
        return side.results();
    }
}

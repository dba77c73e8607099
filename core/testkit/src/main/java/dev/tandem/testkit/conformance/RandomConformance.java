package dev.tandem.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.RandomKey.Purpose;
import dev.tandem.spi.op.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Masks equal Philox's bit for bit, for wholes and for parts. */
final class RandomConformance {
    private static final List<RandomKey> KEYS = List.of(
            new RandomKey(1, Purpose.DROPOUT, 0, RandomKey.stream("fc6")),
            new RandomKey(-0x123456789ABCL, Purpose.SYNTHETIC, 0x1_0000_0003L, -1));
    private static final double[] KEEP = {0, 0.3, 0.5, 1};

    private final SideBySide sides;

    RandomConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        Shape maps = Shape.of(3, 5, 4, 7);
        List<Slice> slices = List.of(
                Slice.all(Shape.of(1)),
                Slice.all(Shape.of(13)),
                Slice.all(maps),
                new Slice(maps, 0, 1, 2),
                new Slice(maps, 1, 2, 3),
                new Slice(maps, 2, 3, 1),
                new Slice(maps, 3, 1, 5),
                new Slice(Shape.of(6, 33), 1, 16, 17));
        List<DynamicTest> tests = new ArrayList<>();
        for (RandomKey key : KEYS) {
            for (Slice slice : slices) {
                for (double keep : KEEP) {
                    tests.add(bernoulli(key, slice, keep));
                }
            }
        }
        return tests.stream();
    }

    private DynamicTest bernoulli(RandomKey key, Slice slice, double keep) {
        String name = "bernoulli " + keep + " " + slice + " " + key;
        return sides.alone(name, device -> {
            float[] expected = new float[(int) slice.shape().elements()];
            for (int i = 0; i < expected.length; i++) {
                long word = Integer.toUnsignedLong(Philox.word(key, slice.wholeIndex(i)));
                expected[i] = word < keep * 0x1p32 ? 1.25f : 0;
            }
            try (Tensor mask = device.random().bernoulli(key, slice, keep, 1.25)) {
                assertThat(mask.read()).as(name).containsExactly(expected);
            }
        });
    }
}

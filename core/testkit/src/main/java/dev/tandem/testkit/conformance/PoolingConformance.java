package dev.tandem.testkit.conformance;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Pooling;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Max and average pooling: overlapping, hanging over, padded, with ties and with nothing above zero. */
final class PoolingConformance {
    private record Case(int[] x, Window window) {
        @Override
        public String toString() {
            return Arrays.toString(x) + ", " + window;
        }
    }

    private static Case of(int n, int c, int h, int w, Window window) {
        return new Case(new int[] {n, c, h, w}, window);
    }

    private static final List<Case> CASES = List.of(
            of(1, 1, 1, 1, Window.square(1, 1)),
            of(2, 3, 7, 7, Window.square(3, 2)),
            of(2, 16, 8, 8, Window.over(8, 8, 3, 2, 0, Rounding.UP)),
            of(1, 17, 6, 5, Window.over(6, 5, 3, 2, 0, Rounding.UP)),
            of(2, 48, 4, 4, Window.square(2, 2)),
            // Overlapping by all but one, windows smaller than their stride, one window for the whole map.
            of(2, 5, 6, 6, Window.square(4, 1)),
            of(2, 5, 8, 9, Window.square(2, 3)),
            of(2, 16, 6, 6, Window.square(6, 1)),
            of(1, 16, 7, 7, Window.square(1, 2)),
            of(2, 16, 5, 5, Window.over(5, 5, 3, 2, 1, Rounding.UP)),
            of(2, 3, 5, 6, new Window(3, 2, 2, 1, 1, 0, 2, 1)),
            of(1, 16, 4, 9, new Window(2, 4, 1, 3, 0, 3, 1, 2)));

    private final SideBySide sides;

    PoolingConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Case geometry : CASES) {
            for (Origin origin : Origin.values()) {
                tests.add(max(geometry, "normal", origin));
                tests.add(max(geometry, "rectified", origin));
                tests.add(max(geometry, "negative", origin));
                tests.add(average(geometry, origin));
            }
        }
        return tests.stream();
    }

    private DynamicTest max(Case geometry, String data, Origin origin) {
        return sides.agree("max pooling " + geometry + ", " + data + " from " + origin, side -> {
            Pooling pooling = side.device().pooling();
            Tensor drawn =
                    switch (data) {
                        case "normal" -> side.normal("x", geometry.x());
                        case "rectified" -> side.rectified("x", geometry.x());
                        default -> side.between("x", -2, -1, geometry.x());
                    };
            Tensor x = side.from(origin, drawn);
            Tensor y = side.result("y", pooling.maxForGradient(x, geometry.window()));
            side.result("y for inference", pooling.max(x, geometry.window()));
            Tensor dy = side.normal("dy", y.shape().dims());
            for (Origin of : Origin.values()) {
                side.result("dx, dy from " + of, pooling.maxBackward(x, y, side.from(of, dy), geometry.window()));
                Tensor before = pooling.maxBackward(x, y, side.from(of, dy), geometry.window(), UnaryFunction.RELU);
                side.result("dx before ReLU, dy from " + of, before);
            }
        });
    }

    private DynamicTest average(Case geometry, Origin origin) {
        return sides.agree("average pooling " + geometry + " from " + origin, side -> {
            Pooling pooling = side.device().pooling();
            Tensor x = side.from(origin, side.normal("x", geometry.x()));
            Tensor y = side.result("y", pooling.average(x, geometry.window()));
            Tensor dy = side.from(origin, side.normal("dy", y.shape().dims()));
            side.result("dx", pooling.averageBackward(dy, geometry.window(), x.shape()));
        });
    }
}

package dev.tandem.testkit.conformance;

import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Reductions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Sums and greatest elements over every choice of axes; softmax and cross-entropy, with logits that would overflow if exponentiated as they
 * are.
 */
final class ReductionConformance {
    private static final int[][] SHAPES = {{1}, {9}, {3, 5}, {2, 3, 4}, {2, 5, 3, 4}, {2, 16, 3, 3}};
    private static final int[][] ROWS = {{1, 1}, {1, 7}, {3, 2}, {4, 10}, {5, 17}};

    private final SideBySide sides;

    ReductionConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int[] shape : SHAPES) {
            for (Origin origin : shape.length == 4 ? Origin.values() : new Origin[] {Origin.HOST}) {
                for (int axes = 0; axes < 1 << shape.length; axes++) {
                    tests.add(sum(shape, axes, origin));
                }
            }
        }
        for (int[] rows : ROWS) {
            tests.add(softmax(rows));
            tests.add(crossEntropy("cross-entropy", rows, 1));
            tests.add(crossEntropy("cross-entropy of large logits", rows, 300));
        }
        return tests.stream();
    }

    /** Sums, and greatest elements, over the axes whose bits are set. */
    private DynamicTest sum(int[] shape, int axes, Origin origin) {
        int[] kept = shape.clone();
        for (int axis = 0; axis < shape.length; axis++) {
            kept[axis] = (axes >> axis & 1) == 1 ? 1 : shape[axis];
        }
        String name = "sum " + Arrays.toString(shape) + " from " + origin + " to " + Arrays.toString(kept);
        return sides.agree(name, side -> {
            Tensor x = side.from(origin, side.normal("x", shape));
            side.result("out", side.device().reductions().sumTo(x, Shape.of(kept)));
            side.result("sum of all", side.device().reductions().sum(x));
            side.result("greatest", side.device().reductions().maxTo(x, Shape.of(kept)));
        });
    }

    private DynamicTest softmax(int[] rows) {
        return sides.agree("softmax " + Arrays.toString(rows), side -> {
            Reductions reductions = side.device().reductions();
            Tensor x = side.normal("x", rows);
            Tensor y = side.result("y", reductions.softmax(x));
            side.result("dx", reductions.softmaxBackward(y, side.normal("dy", rows)));
            // Drawn on the host: large numbers computed on a device would be rounded there, but not by the reference.
            Tensor large = side.between("large x", 400, 1600, rows);
            side.result("y of large x", reductions.softmax(large));
        });
    }

    private DynamicTest crossEntropy(String name, int[] rows, double scale) {
        return sides.agree(name + " " + Arrays.toString(rows), side -> {
            Reductions reductions = side.device().reductions();
            Tensor logits = side.between("logits", -2 * scale, 4 * scale, rows);
            int[] labels = new int[rows[0]];
            for (int n = 0; n < labels.length; n++) {
                // The first and the last class are among them.
                labels[n] = n * (rows[1] - 1) / Math.max(1, labels.length - 1);
            }
            Tensor target = side.device().labels(labels);
            Reductions.CrossEntropy forward = reductions.crossEntropy(logits, target);
            side.result("probabilities", forward.probabilities());
            side.result("losses", forward.losses());
            Tensor dlosses = side.normal("dlosses", rows[0]);
            side.result("dlogits", reductions.crossEntropyBackward(forward.probabilities(), target, dlosses));
        });
    }
}

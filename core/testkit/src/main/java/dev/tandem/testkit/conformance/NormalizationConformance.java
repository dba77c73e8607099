package dev.tandem.testkit.conformance;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Normalizations;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Local response normalization across and within maps, with weights large enough that every term shows. */
final class NormalizationConformance {
    private static final int[][] SHAPES = {{1, 1, 1, 1}, {2, 3, 4, 5}, {1, 5, 3, 3}, {2, 16, 5, 4}, {1, 17, 3, 2}};

    private final SideBySide sides;

    NormalizationConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        List<DynamicTest> tests = new ArrayList<>();
        for (int[] shape : SHAPES) {
            for (Origin origin : Origin.values()) {
                for (Neighbourhood neighbourhood : Neighbourhood.values()) {
                    tests.add(
                            normalization(shape, origin, new ResponseNormalization(neighbourhood, 1, 0.5, 0.75, 2, 1)));
                    tests.add(
                            normalization(shape, origin, new ResponseNormalization(neighbourhood, 3, 0.3, 0.5, 1, 1)));
                    tests.add(normalization(
                            shape, origin, new ResponseNormalization(neighbourhood, 5, 1e-4, 0.75, 2, 1)));
                    // Wider than the maps are deep, or wide.
                    tests.add(
                            normalization(shape, origin, new ResponseNormalization(neighbourhood, 9, 0.2, 1, 1.5, 1)));
                }
                if (shape[1] % 2 == 0) {
                    tests.add(normalization(
                            shape, origin, new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 5, 0.4, 0.75, 2, 2)));
                }
            }
        }
        return tests.stream();
    }

    private DynamicTest normalization(int[] shape, Origin origin, ResponseNormalization spec) {
        return sides.agree(spec + " of " + Arrays.toString(shape) + " from " + origin, side -> {
            Normalizations normalizations = side.device().normalizations();
            Tensor x = side.from(origin, side.normal("x", shape));
            Tensor y = side.result("y", normalizations.responseNormalization(x, spec));
            Tensor dy = side.normal("dy", shape);
            for (Origin of : Origin.values()) {
                Tensor dx = normalizations.responseNormalizationBackward(x, y, side.from(of, dy), spec);
                side.result("dx, dy from " + of, dx);
            }
        });
    }
}

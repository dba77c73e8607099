package dev.tandem.testkit.conformance;

import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.Normalizations;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.UnaryFunction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Local response normalization across and within maps, with weights large enough that every term shows; moments and
 * functions of channels.
 */
final class NormalizationConformance {
    private static final int[][] SHAPES = {{1, 1, 1, 1}, {2, 3, 4, 5}, {1, 5, 3, 3}, {2, 16, 5, 4}, {1, 17, 3, 2}};

    /** Maps with and without whole blocks of channels, more than a piece of work, rows, and other ranks. */
    private static final int[][] CHANNELS = {
        {1, 1, 1, 1},
        {2, 3, 4, 5},
        {3, 16, 5, 3},
        {2, 17, 3, 2},
        {1, 16, 50, 42},
        {9, 8, 23, 23},
        {5, 7},
        {3, 2500},
        {2, 3, 5},
        {2, 3, 2, 2, 2}
    };

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
        for (int[] shape : CHANNELS) {
            for (Origin origin : Origin.values()) {
                if (shape.length == 4 || origin == Origin.HOST) {
                    tests.add(channels(shape, origin));
                }
            }
        }
        return tests.stream();
    }

    /** From the host, the numbers of each channel have a mean that is large beside their spread. */
    private DynamicTest channels(int[] shape, Origin origin) {
        return sides.agree("channels of " + Arrays.toString(shape) + " from " + origin, side -> {
            Normalizations normalizations = side.device().normalizations();
            Tensor spread = side.normal("x", shape);
            // A convolution may round its result, so that little would be left of numbers far from 0.
            double mean = origin == Origin.HOST ? 30 : 1;
            Tensor x = side.from(origin, side.device().elementwise().affineInPlace(spread, 1, mean));
            Tensor dy = side.normal("dy", shape);
            int[] perChannel = shape.clone();
            Arrays.fill(perChannel, 1);
            perChannel[1] = shape[1];
            perChannel[0] = 3;
            Tensor coefficients = side.normal("coefficients", perChannel);
            perChannel[0] = 2;
            Tensor dmoments = side.normal("dmoments", perChannel);

            Tensor moments = side.result("moments", normalizations.channelMoments(x));
            side.result("dx of moments", normalizations.channelMomentsBackward(x, moments, dmoments));
            side.result("affine", normalizations.channelAffine(x, coefficients));
            for (Origin of : Origin.values()) {
                if (shape.length == 4 || of == Origin.HOST) {
                    Tensor gradient = side.device().elementwise().affine(side.from(of, dy), 1, 0);
                    Tensor dcoefficients = normalizations.channelAffineBackwardInPlace(x, coefficients, gradient);
                    side.result("dcoefficients, dy from " + of, dcoefficients);
                    side.result("dx of affine, dy from " + of, gradient);
                }
            }
        });
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
                Tensor before =
                        normalizations.responseNormalizationBackward(x, y, side.from(of, dy), spec, UnaryFunction.RELU);
                side.result("dx before ReLU, dy from " + of, before);
            }
        });
    }
}

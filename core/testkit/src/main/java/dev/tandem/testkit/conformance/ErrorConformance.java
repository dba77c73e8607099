package dev.tandem.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.Slice;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Wrong arguments are refused with what was got and what was expected, and leave the device as it was. */
final class ErrorConformance {
    private final SideBySide sides;

    ErrorConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        ConvolutionSpec square = new ConvolutionSpec(Window.square(3, 1), 1);
        UnaryFunction none = UnaryFunction.IDENTITY;
        return Stream.of(
                refused(
                        "convolution of a matrix",
                        "got 4x5, expected (N, C, H, W)",
                        d -> d.convolutions().forward(ones(d, 4, 5), ones(d, 2, 3, 3, 3), null, square, none)),
                refused(
                        "convolution with weights of other channels",
                        "got 2x4x3x3, expected (K, 3.0, 3, 3)",
                        d -> d.convolutions().forward(ones(d, 1, 3, 5, 5), ones(d, 2, 4, 3, 3), null, square, none)),
                refused(
                        "convolution with a bias too long",
                        "got 3, expected 2",
                        d -> d.convolutions()
                                .forward(ones(d, 1, 3, 5, 5), ones(d, 2, 3, 3, 3), ones(d, 3), square, none)),
                refused(
                        "convolution with a logarithm inside",
                        "got LOG, expected one whose gradient",
                        d -> d.convolutions()
                                .forward(ones(d, 1, 3, 5, 5), ones(d, 2, 3, 3, 3), null, square, UnaryFunction.LOG)),
                refused(
                        "convolution of small maps",
                        "got 3 over 2 + 0, expected a map of 3 or more",
                        d -> d.convolutions().forward(ones(d, 1, 3, 2, 5), ones(d, 2, 3, 3, 3), null, square, none)),
                refused(
                        "gradient of another shape",
                        "got 1x2x4x3, expected 1x2x3x3",
                        d -> d.convolutions()
                                .backwardData(ones(d, 1, 2, 4, 3), ones(d, 2, 3, 3, 3), square, Shape.of(1, 3, 5, 5))),
                refused(
                        "pooling of rows",
                        "got 4x5, expected (N, C, H, W)",
                        d -> d.pooling().max(ones(d, 4, 5), Window.square(2, 2))),
                refused(
                        "normalization in groups that do not divide",
                        "got 3, expected a multiple of 2",
                        d -> d.normalizations()
                                .responseNormalization(
                                        ones(d, 1, 3, 2, 2),
                                        new ResponseNormalization(
                                                ResponseNormalization.Neighbourhood.ACROSS_MAPS, 5, 1e-4, 0.75, 2, 2))),
                refused(
                        "product of matrices that do not fit",
                        "got 2x3 times 2x3, expected equal inner extents",
                        d -> d.matrices().product(ones(d, 2, 3), false, ones(d, 2, 3), false)),
                refused(
                        "linear with other features",
                        "got 3, expected 4",
                        d -> d.matrices().linear(ones(d, 2, 3), ones(d, 5, 4), null, none)),
                refused(
                        "addition of shapes that do not combine",
                        "got 2x3 and 2x2, expected equal extents",
                        d -> d.elementwise().binary(BinaryFunction.ADD, ones(d, 2, 3), ones(d, 2, 2))),
                refused(
                        "function of labels",
                        "got I32, expected F32 or F64",
                        d -> d.elementwise().unary(UnaryFunction.RELU, d.labels(1, 2))),
                refused("labels too few", "got I32 1", d -> d.reductions().crossEntropy(ones(d, 2, 3), d.labels(1))),
                refused(
                        "a label that is no class",
                        "got 3 in row 1, expected 0 to 2",
                        d -> d.reductions().crossEntropy(ones(d, 2, 3), d.labels(2, 3))),
                refused(
                        "a label below 0",
                        "got -1 in row 0, expected 0 to 2",
                        d -> d.reductions().crossEntropy(ones(d, 2, 3), d.labels(-1, 2))),
                refused(
                        "floating labels",
                        "expected I32 2",
                        d -> d.reductions().crossEntropy(ones(d, 2, 3), ones(d, 2))),
                refused(
                        "sum to another extent",
                        "got 2x2, expected the same extents",
                        d -> d.reductions().sumTo(ones(d, 2, 3), Shape.of(2, 2))),
                refused(
                        "probability above 1",
                        "got 1.5, expected 0 to 1",
                        d -> d.random()
                                .bernoulli(
                                        new RandomKey(0, RandomKey.Purpose.DROPOUT, 0, 0),
                                        Slice.all(Shape.of(2)),
                                        1.5,
                                        1)),
                refused(
                        "velocity of another shape",
                        "got 3, expected 2",
                        d -> d.updates()
                                .sgd(
                                        ones(d, 2),
                                        ones(d, 3),
                                        ones(d, 2),
                                        new SgdStep(SgdStep.Rule.LEARNING_RATE_OUTSIDE, 1, 0, 0))),
                refused(
                        "reshape to another count",
                        "got 2x3 to 7, expected equal counts",
                        d -> d.memory().reshape(ones(d, 2, 3), Shape.of(7))),
                refused(
                        "slice beyond the end",
                        "got 2 to 4 along axis 1",
                        d -> d.memory().slice(ones(d, 2, 3), 1, 2, 2)),
                refused(
                        "join of other extents",
                        "got 2x4, expected 2x3",
                        d -> d.memory().concatenate(0, ones(d, 2, 3), ones(d, 2, 4))),
                refused("values too few", "got 2, expected 3", d -> d.tensor(Shape.of(3), 1, 2)),
                refused("a closed tensor", "expected an open tensor", d -> {
                    Tensor closed = ones(d, 2);
                    closed.close();
                    d.elementwise().fill(closed, 1);
                }),
                refused(
                        "a tensor of another device",
                        "got " + sides.reference().id(),
                        d -> d.elementwise().binary(BinaryFunction.ADD, ones(d, 2), ones(sides.reference(), 2))),
                refused(
                        "mixed element types",
                        "expected " + sides.tested().floatingType(),
                        d -> d.elementwise()
                                .binary(BinaryFunction.ADD, ones(d, 2), d.allocate(Shape.of(2), DataType.I32))));
    }

    /** A test that {@code call} fails as misuse, its message containing {@code fragment}. */
    private DynamicTest refused(String name, String fragment, Consumer<Device> call) {
        return sides.alone("refuses " + name, device -> {
            try (TensorScope scope = TensorScope.open()) {
                assertThatThrownBy(() -> call.accept(device))
                        .as(name)
                        .isInstanceOf(TandemException.class)
                        .hasMessageContaining(fragment)
                        .extracting(e -> ((TandemException) e).code())
                        .isEqualTo(ErrorCode.INVALID_ARGUMENT);
            }
        });
    }

    private static Tensor ones(Device device, int... dims) {
        return device.filled(Shape.of(dims), 1);
    }
}

package dev.tandem.testkit.conformance;

import static dev.tandem.spi.op.UnaryFunction.IDENTITY;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.Slice;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Wrong arguments are refused with what was got and what was expected, and leave the device as it was. */
final class ErrorConformance {
    private static final ConvolutionSpec SQUARE = new ConvolutionSpec(Window.square(3, 1), 1);

    private final SideBySide sides;

    ErrorConformance(SideBySide sides) {
        this.sides = sides;
    }

    Stream<DynamicTest> tests() {
        return Stream.of(
                        convolutions(),
                        locallyConnected(),
                        pooling(),
                        normalizations(),
                        matrices(),
                        elementwise(),
                        reductions(),
                        random(),
                        updates(),
                        memory())
                .flatMap(family -> family);
    }

    private Stream<DynamicTest> convolutions() {
        return Stream.of(
                refused(
                        "convolution of a matrix",
                        "got 4x5, expected (N, C, H, W)",
                        d -> convolve(ones(d, 4, 5), ones(d, 2, 3, 3, 3), null, IDENTITY)),
                refused(
                        "convolution with weights of other channels",
                        "got 2x4x3x3, expected (K, 3, 3, 3)",
                        d -> convolve(ones(d, 1, 3, 5, 5), ones(d, 2, 4, 3, 3), null, IDENTITY)),
                refused(
                        "convolution in groups that do not divide the channels",
                        "got 2x3x3x3, expected (K, C/groups, 3, 3)",
                        d -> d.convolutions()
                                .forward(
                                        ones(d, 1, 3, 5, 5),
                                        ones(d, 2, 3, 3, 3),
                                        null,
                                        new ConvolutionSpec(Window.square(3, 1), 2),
                                        IDENTITY)),
                refused(
                        "convolution with a bias too long",
                        "got 3, expected 2",
                        d -> convolve(ones(d, 1, 3, 5, 5), ones(d, 2, 3, 3, 3), ones(d, 3), IDENTITY)),
                refused(
                        "convolution with a logarithm inside",
                        "got LOG, expected one whose gradient",
                        d -> convolve(ones(d, 1, 3, 5, 5), ones(d, 2, 3, 3, 3), null, UnaryFunction.LOG)),
                refused(
                        "convolution of small maps",
                        "got 3 over 2 + 0, expected a map of 3 or more",
                        d -> convolve(ones(d, 1, 3, 2, 5), ones(d, 2, 3, 3, 3), null, IDENTITY)),
                refused(
                        "unfolding of a matrix",
                        "got 4x5, expected (N, C, H, W)",
                        d -> d.convolutions().unfold(ones(d, 4, 5), Window.square(2, 1))),
                refused(
                        "folding of other columns",
                        "got 1x8x2x2, expected 1x12x2x2",
                        d -> d.convolutions().fold(ones(d, 1, 8, 2, 2), Window.square(2, 1), Shape.of(1, 3, 3, 3))),
                refused(
                        "gradient of another shape",
                        "got 1x2x4x3, expected 1x2x3x3",
                        d -> d.convolutions()
                                .backwardData(ones(d, 1, 2, 4, 3), ones(d, 2, 3, 3, 3), SQUARE, Shape.of(1, 3, 5, 5))));
    }

    private Stream<DynamicTest> locallyConnected() {
        Window window = Window.square(3, 1);
        return Stream.of(
                refused(
                        "locally connected weights of other places",
                        "got 2x8x27, expected (K, 9, 27)",
                        d -> d.convolutions()
                                .locallyConnected(ones(d, 1, 3, 5, 5), ones(d, 2, 8, 27), null, window, IDENTITY)),
                refused(
                        "locally connected weights of a convolution",
                        "got 2x3x3x3, expected (K, 9, 27)",
                        d -> d.convolutions()
                                .locallyConnected(ones(d, 1, 3, 5, 5), ones(d, 2, 3, 3, 3), null, window, IDENTITY)),
                refused(
                        "locally connected bias of a convolution",
                        "got 2, expected 2x3x3",
                        d -> d.convolutions()
                                .locallyConnected(
                                        ones(d, 1, 3, 5, 5), ones(d, 2, 9, 27), ones(d, 2), window, IDENTITY)),
                refused(
                        "locally connected with a logarithm inside",
                        "got LOG, expected one whose gradient",
                        d -> d.convolutions()
                                .locallyConnected(
                                        ones(d, 1, 3, 5, 5), ones(d, 2, 9, 27), null, window, UnaryFunction.LOG)),
                refused(
                        "locally connected layer of a matrix",
                        "got 4x5, expected (N, C, H, W)",
                        d -> d.convolutions()
                                .locallyConnected(ones(d, 4, 5), ones(d, 2, 9, 27), null, window, IDENTITY)),
                refused(
                        "locally connected gradient of another shape",
                        "got 1x2x4x3, expected 1x2x3x3",
                        d -> d.convolutions()
                                .locallyConnectedBackwardData(
                                        ones(d, 1, 2, 4, 3), ones(d, 2, 9, 27), window, Shape.of(1, 3, 5, 5))),
                refused(
                        "locally connected gradient of weights from another shape",
                        "got 1x2x4x3, expected 1x2x3x3",
                        d -> d.convolutions()
                                .locallyConnectedBackwardWeights(
                                        ones(d, 1, 3, 5, 5), ones(d, 1, 2, 4, 3), window, true)));
    }

    private static Tensor convolve(Tensor x, Tensor w, Tensor bias, UnaryFunction f) {
        return x.device().convolutions().forward(x, w, bias, SQUARE, f);
    }

    private Stream<DynamicTest> pooling() {
        return Stream.of(refused(
                "pooling of rows",
                "got 4x5, expected (N, C, H, W)",
                d -> d.pooling().max(ones(d, 4, 5), Window.square(2, 2))));
    }

    private Stream<DynamicTest> normalizations() {
        ResponseNormalization twoGroups = new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 5, 1e-4, 0.75, 2, 2);
        return Stream.of(
                refused(
                        "normalization in groups that do not divide",
                        "got 3, expected a multiple of 2",
                        d -> d.normalizations().responseNormalization(ones(d, 1, 3, 2, 2), twoGroups)),
                refused(
                        "moments of the channels of a vector",
                        "got 3, expected (N, C, ...)",
                        d -> d.normalizations().channelMoments(ones(d, 3))),
                refused(
                        "coefficients of other channels",
                        "got 3x2x1x1, expected 3x3x1x1",
                        d -> d.normalizations().channelAffine(ones(d, 1, 3, 2, 2), ones(d, 3, 2, 1, 1))));
    }

    private Stream<DynamicTest> matrices() {
        return Stream.of(
                refused(
                        "product of matrices that do not fit",
                        "got 2x3 times 2x3, expected equal inner extents",
                        d -> d.matrices().product(ones(d, 2, 3), false, ones(d, 2, 3), false)),
                refused(
                        "products of batches that differ",
                        "got 2x3x4 times 3x4x5, expected equal batches",
                        d -> d.matrices().batchedProduct(ones(d, 2, 3, 4), false, ones(d, 3, 4, 5), false)),
                refused(
                        "batched product of two matrices",
                        "got 3x4, expected (batch, rows, columns)",
                        d -> d.matrices().batchedProduct(ones(d, 3, 4), false, ones(d, 4, 5), false)),
                refused(
                        "linear with other features",
                        "got 3, expected 4",
                        d -> d.matrices().linear(ones(d, 2, 3), ones(d, 5, 4), null, IDENTITY)));
    }

    private Stream<DynamicTest> elementwise() {
        return Stream.of(
                refused(
                        "addition of shapes that do not combine",
                        "got 2x3 and 2x2, expected equal extents",
                        d -> add(ones(d, 2, 3), ones(d, 2, 2))),
                refused(
                        "addition in place of a larger shape",
                        "got 2x3, expected 1x3",
                        d -> d.elementwise().binaryInPlace(BinaryFunction.ADD, ones(d, 1, 3), ones(d, 2, 3))),
                refused(
                        "function of labels",
                        "got I32, expected F32 or F64",
                        d -> d.elementwise().unary(UnaryFunction.RELU, d.labels(1, 2))),
                refused(
                        "a tensor of another device",
                        "got " + sides.reference().id(),
                        d -> add(ones(d, 2), ones(sides.reference(), 2))),
                refused(
                        "mixed element types",
                        "expected " + sides.tested().floatingType(),
                        d -> add(ones(d, 2), d.allocate(Shape.of(2), DataType.I32))));
    }

    private static Tensor add(Tensor a, Tensor b) {
        return a.device().elementwise().binary(BinaryFunction.ADD, a, b);
    }

    private Stream<DynamicTest> reductions() {
        return Stream.of(
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
                        "greatest element to another rank",
                        "got 2, expected the same extents",
                        d -> d.reductions().maxTo(ones(d, 2, 3), Shape.of(2))));
    }

    private Stream<DynamicTest> random() {
        RandomKey key = new RandomKey(0, RandomKey.Purpose.DROPOUT, 0, 0);
        return Stream.of(refused(
                "probability above 1",
                "got 1.5, expected 0 to 1",
                d -> d.random().bernoulli(key, Slice.all(Shape.of(2)), 1.5, 1)));
    }

    private Stream<DynamicTest> updates() {
        SgdStep step = new SgdStep(SgdStep.Rule.LEARNING_RATE_OUTSIDE, 1, 0, 0);
        return Stream.of(
                refused(
                        "velocity of another shape",
                        "got 3, expected 2",
                        d -> d.updates().sgd(ones(d, 2), ones(d, 3), ones(d, 2), step)),
                refused(
                        "second moment of another shape",
                        "got 3, expected 2",
                        d -> d.updates()
                                .adam(
                                        ones(d, 2),
                                        ones(d, 2),
                                        ones(d, 3),
                                        ones(d, 2),
                                        new AdamStep(1, 0.9, 0.999, 1e-8, 0, false, 1))));
    }

    private Stream<DynamicTest> memory() {
        return Stream.of(
                refused(
                        "reshape to another count",
                        "got 2x3 to 7, expected equal counts",
                        d -> d.memory().reshape(ones(d, 2, 3), Shape.of(7))),
                refused(
                        "an order with an axis twice",
                        "got [0, 0], expected each axis once",
                        d -> d.memory().permute(ones(d, 2, 3), 0, 0)),
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
                }));
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

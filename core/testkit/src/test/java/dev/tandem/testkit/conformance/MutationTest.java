package dev.tandem.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.Slice;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The suite notices kernels that are wrong in the ways kernels usually are. */
class MutationTest {
    private static final double TOLERANCE = BackendConformance.SINGLE_PRECISION;

    private final Device reference =
            Backends.open(ReferenceProvider.NAME).devices().get(0);
    private final Device right = Backends.open(ReferenceProvider.NAME).devices().get(0);

    @TestFactory
    Stream<DynamicTest> convolutions() {
        Function<SideBySide, Stream<DynamicTest>> family = sides -> new ConvolutionConformance(sides).tests();
        return Stream.of(
                noticed(
                        "padding at the top instead of the bottom",
                        "ConvolutionKernels.forward",
                        family,
                        (a, kernel) -> {
                            ConvolutionSpec spec = (ConvolutionSpec) a[3];
                            a[3] = new ConvolutionSpec(upsideDown(spec.window()), spec.groups());
                            kernel.call(a);
                        }),
                noticed("bias forgotten", "ConvolutionKernels.forward", family, (a, kernel) -> {
                    a[2] = null;
                    kernel.call(a);
                }),
                noticed("activation forgotten", "ConvolutionKernels.forward", family, (a, kernel) -> {
                    a[4] = UnaryFunction.IDENTITY;
                    kernel.call(a);
                }),
                noticed("kernel flipped", "ConvolutionKernels.backwardData", family, (a, kernel) -> {
                    try (Tensor flipped = reversed((Tensor) a[1])) {
                        a[1] = flipped;
                        kernel.call(a);
                    }
                }),
                noticed("bias gradient averaged", "ConvolutionKernels.backwardWeights", family, (a, kernel) -> {
                    kernel.call(a);
                    if (a[4] != null) {
                        scale((Tensor) a[4], 1.0 / ((Tensor) a[0]).shape().dim(0));
                    }
                }),
                noticed(
                        "output added to",
                        "ConvolutionKernels.backwardData",
                        sides -> new StaleOutputConformance(sides).tests(),
                        MutationTest::adding));
    }

    @TestFactory
    Stream<DynamicTest> locallyConnected() {
        Function<SideBySide, Stream<DynamicTest>> family = sides -> new LocallyConnectedConformance(sides).tests();
        return Stream.of(
                noticed("padding exchanged", "ConvolutionKernels.locallyConnected", family, (a, kernel) -> {
                    a[3] = upsideDown((Window) a[3]);
                    kernel.call(a);
                }),
                noticed("bias forgotten", "ConvolutionKernels.locallyConnected", family, (a, kernel) -> {
                    a[2] = null;
                    kernel.call(a);
                }),
                noticed("activation forgotten", "ConvolutionKernels.locallyConnected", family, (a, kernel) -> {
                    a[4] = UnaryFunction.IDENTITY;
                    kernel.call(a);
                }),
                noticed("kernels flipped", "ConvolutionKernels.locallyConnectedBackwardData", family, (a, kernel) -> {
                    try (Tensor flipped = reversed((Tensor) a[1])) {
                        a[1] = flipped;
                        kernel.call(a);
                    }
                }),
                noticed(
                        "gradient averaged over the samples",
                        "ConvolutionKernels.locallyConnectedBackwardWeights",
                        family,
                        (a, kernel) -> {
                            kernel.call(a);
                            scale((Tensor) a[3], 1.0 / ((Tensor) a[0]).shape().dim(0));
                        }),
                noticed(
                        "output added to",
                        "ConvolutionKernels.locallyConnectedBackwardData",
                        sides -> new StaleOutputConformance(sides).tests(),
                        MutationTest::adding));
    }

    @TestFactory
    Stream<DynamicTest> poolingAndNormalization() {
        Function<SideBySide, Stream<DynamicTest>> pooling = sides -> new PoolingConformance(sides).tests();
        Function<SideBySide, Stream<DynamicTest>> lrn = sides -> new NormalizationConformance(sides).tests();
        return Stream.of(
                noticed("gradient to the last among equals", "PoolingKernels.maxBackward", pooling, (a, kernel) -> {
                    // Of a map turned by half a turn, the first among equals is the last.
                    Window window = (Window) a[3];
                    if (isSymmetric(window, (Tensor) a[0])) {
                        try (Tensor x = reversed((Tensor) a[0]);
                                Tensor y = reversed((Tensor) a[1]);
                                Tensor dy = reversed((Tensor) a[2])) {
                            kernel.call(x, y, dy, window, a[4]);
                        }
                        Tensor dx = (Tensor) a[4];
                        dx.writeDoubles(reverse(dx.readDoubles()));
                    } else {
                        kernel.call(a);
                    }
                }),
                noticed("padding counted as zeros", "PoolingKernels.max", pooling, (a, kernel) -> {
                    kernel.call(a);
                    Window window = (Window) a[1];
                    if (window.padTop() > 0) {
                        Tensor y = (Tensor) a[2];
                        double[] values = y.readDoubles();
                        values[0] = Math.max(0, values[0]);
                        y.writeDoubles(values);
                    }
                }),
                noticed("mean over the whole window", "PoolingKernels.average", pooling, (a, kernel) -> {
                    kernel.call(a);
                    Window window = (Window) a[1];
                    if (window.padTop() > 0) {
                        scale((Tensor) a[2], 1 - 1.0 / window.height());
                    }
                }),
                noticed("alpha divided by the size", "NormalizationKernels.responseNormalization", lrn, (a, kernel) -> {
                    ResponseNormalization s = (ResponseNormalization) a[1];
                    a[1] = new ResponseNormalization(
                            s.neighbourhood(), s.size(), s.alpha() / s.size(), s.beta(), s.k(), s.groups());
                    kernel.call(a);
                }),
                noticed("mean of another channel", "NormalizationKernels.channelAffine", lrn, (a, kernel) -> {
                    try (Tensor x = reversed((Tensor) a[1])) {
                        kernel.call(a[0], x, a[2]);
                    }
                }),
                noticed("groups ignored", "NormalizationKernels.responseNormalizationBackward", lrn, (a, kernel) -> {
                    ResponseNormalization s = (ResponseNormalization) a[3];
                    a[3] = new ResponseNormalization(s.neighbourhood(), s.size(), s.alpha(), s.beta(), s.k(), 1);
                    kernel.call(a);
                }));
    }

    @TestFactory
    Stream<DynamicTest> others() {
        return Stream.of(
                noticed(
                        "rules exchanged",
                        "UpdateKernels.sgd",
                        sides -> new UpdateConformance(sides).tests(),
                        (a, kernel) -> {
                            SgdStep s = (SgdStep) a[3];
                            a[3] = new SgdStep(
                                    SgdStep.Rule.LEARNING_RATE_OUTSIDE,
                                    s.learningRate(),
                                    s.momentum(),
                                    s.weightDecay());
                            kernel.call(a);
                        }),
                noticed(
                        "moments not corrected",
                        "UpdateKernels.adam",
                        sides -> new UpdateConformance(sides).tests(),
                        (a, kernel) -> {
                            AdamStep s = (AdamStep) a[4];
                            a[4] = new AdamStep(
                                    s.learningRate(),
                                    s.beta1(),
                                    s.beta2(),
                                    s.epsilon(),
                                    s.weightDecay(),
                                    s.decoupled(),
                                    1_000_000);
                            kernel.call(a);
                        }),
                noticed(
                        "part numbered from its own start",
                        "RandomKernels.bernoulli",
                        sides -> new RandomConformance(sides).tests(),
                        (a, kernel) -> {
                            a[1] = Slice.all(((Slice) a[1]).shape());
                            kernel.call(a);
                        }),
                noticed(
                        "b not transposed",
                        "MatrixKernels.product",
                        sides -> new MatrixConformance(sides).tests(),
                        (a, kernel) -> {
                            a[3] = false;
                            kernel.call(a);
                        }),
                noticed(
                        "b of a batch not transposed",
                        "MatrixKernels.batchedProduct",
                        sides -> new MatrixConformance(sides).tests(),
                        (a, kernel) -> {
                            a[3] = false;
                            kernel.call(a);
                        }),
                noticed(
                        "axes in the inverse order",
                        "MemoryKernels.permute",
                        sides -> new MemoryConformance(sides).tests(),
                        (a, kernel) -> {
                            int[] axes = (int[]) a[1];
                            int[] inverse = new int[axes.length];
                            for (int i = 0; i < axes.length; i++) {
                                inverse[axes[i]] = i;
                            }
                            Tensor from = (Tensor) a[0];
                            try (Tensor permuted =
                                    from.device().allocate(from.shape().permuted(inverse))) {
                                kernel.call(from, inverse, permuted);
                                ((Tensor) a[2]).writeDoubles(permuted.readDoubles());
                            }
                        }),
                noticed(
                        "one too few copied",
                        "MemoryKernels.copyRange",
                        sides -> new MemoryConformance(sides).tests(),
                        (a, kernel) -> {
                            a[5] = Math.max(1, (int) a[5] - 1);
                            kernel.call(a);
                        }),
                noticed(
                        "memory never released",
                        "MemoryKernels.release",
                        sides -> new ChainConformance(sides).tests(),
                        (a, kernel) -> {}),
                noticed(
                        "sum added to",
                        "ReductionKernels.sum",
                        sides -> new StaleOutputConformance(sides).tests(),
                        MutationTest::adding),
                noticed(
                        "the lesser taken for the greater",
                        "ElementwiseKernels.binary",
                        sides -> new ElementwiseConformance(sides).tests(),
                        (a, kernel) -> {
                            if (a[0] == BinaryFunction.MAXIMUM) {
                                a[0] = BinaryFunction.MINIMUM;
                            }
                            kernel.call(a);
                        }),
                noticed(
                        "derivative of the wrong end",
                        "ElementwiseKernels.unaryBackward",
                        sides -> new ElementwiseConformance(sides).tests(),
                        (a, kernel) -> {
                            if (a[0] == UnaryFunction.TANH) {
                                a[0] = UnaryFunction.SIGMOID;
                            }
                            kernel.call(a);
                        }));
    }

    private DynamicTest noticed(
            String mutation, String kernel, Function<SideBySide, Stream<DynamicTest>> family, Mutant.Wrong wrong) {
        return DynamicTest.dynamicTest(kernel + ": " + mutation, () -> {
            SideBySide sides = new SideBySide(Mutant.of(right, kernel, wrong), reference, TOLERANCE, 2012);
            List<String> noticing = new ArrayList<>();
            family.apply(sides).forEach(test -> {
                try (TensorScope scope = TensorScope.open()) {
                    test.getExecutable().execute();
                } catch (AssertionError e) {
                    noticing.add(test.getDisplayName());
                } catch (Throwable e) {
                    throw new AssertionError("the mutant should compute, not fail", e);
                }
            });
            assertThat(noticing).as("tests that notice: %s", mutation).isNotEmpty();
        });
    }

    /** Leaves the old contents of the last argument, the output, added to the new ones. */
    private static void adding(Object[] arguments, Mutant.Right kernel) throws ReflectiveOperationException {
        Tensor out = (Tensor) arguments[arguments.length - 1];
        double[] before = out.readDoubles();
        kernel.call(arguments);
        double[] after = out.readDoubles();
        for (int i = 0; i < after.length; i++) {
            after[i] += before[i];
        }
        out.writeDoubles(after);
    }

    private static Window upsideDown(Window w) {
        return new Window(
                w.height(), w.width(), w.strideY(), w.strideX(), w.padBottom(), w.padLeft(), w.padTop(), w.padRight());
    }

    /** Whether the windows lie over {@code x} turned by half a turn as they lie over {@code x}. */
    private static boolean isSymmetric(Window window, Tensor x) {
        int roomY = x.shape().dim(2) - window.height();
        int roomX = x.shape().dim(3) - window.width();
        boolean padded = window.padTop() + window.padLeft() + window.padBottom() + window.padRight() > 0;
        return !padded && roomY % window.strideY() == 0 && roomX % window.strideX() == 0;
    }

    private static Tensor reversed(Tensor t) {
        return t.device().allocate(t.shape()).writeDoubles(reverse(t.readDoubles()));
    }

    private static double[] reverse(double[] values) {
        double[] reversed = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            reversed[i] = values[values.length - 1 - i];
        }
        return reversed;
    }

    private static void scale(Tensor t, double factor) {
        t.device()
                .elementwise()
                .binaryInPlace(BinaryFunction.MULTIPLY, t, t.device().filled(t.shape(), factor));
    }
}

package dev.tandem.backend.cpu.convolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.testkit.Agreement;
import dev.tandem.testkit.reference.ReferenceProvider;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fewer multiplications give the sums of plain float64 loops, ten times closer than conformance asks for. */
class WinogradConvolutionTest {
    private static final RandomKey DATA = new RandomKey(23, RandomKey.Purpose.SYNTHETIC, 0, 0);
    private static final double TOLERANCE = 1e-6;

    private Backend backend;
    private Backend reference;
    private Device device;

    private record Case(int samples, int channels, int height, int width, int kernels, Window window, int groups) {
        ConvolutionSpec spec() {
            return new ConvolutionSpec(window, groups);
        }

        Shape x() {
            return Shape.of(samples, channels, height, width);
        }

        Shape w() {
            return Shape.of(kernels, channels / groups, 3, 3);
        }

        Shape y() {
            return Shape.of(samples, kernels, window.outputHeight(height), window.outputWidth(width));
        }
    }

    @BeforeEach
    void open() {
        assumeTrue(NativeLibraries.oneDnnProblem().isEmpty(), "oneDNN does not load on this platform");
        backend = Backends.open("cpu");
        reference = Backends.open(ReferenceProvider.NAME);
        device = backend.devices().get(0);
    }

    @AfterEach
    void close() {
        if (backend != null) {
            backend.close();
            reference.close();
        }
    }

    /** Odd and even rows, one and more groups, each padding on each side, several chunks, and a last one not full. */
    static Stream<Case> cases() {
        return Stream.of(
                new Case(2, 64, 13, 13, 64, window(1, 1, 1, 1), 1),
                new Case(3, 128, 10, 9, 160, window(1, 1, 1, 1), 2),
                new Case(2, 64, 12, 11, 80, window(0, 0, 0, 0), 1),
                new Case(2, 64, 3, 16, 64, window(2, 0, 1, 2), 1),
                new Case(2, 64, 1, 9, 64, window(1, 1, 1, 1), 1),
                new Case(17, 256, 14, 14, 128, window(1, 1, 1, 1), 2));
    }

    private static Window window(int top, int left, int bottom, int right) {
        return new Window(3, 3, 1, 1, top, left, bottom, right);
    }

    private static Tensor tensor(Device device, int stream, Shape shape) {
        float[] values = new float[(int) shape.elements()];
        Philox.gaussians(new RandomKey(DATA.seed(), DATA.purpose(), DATA.step(), stream), 0, values, 0, values.length);
        return device.tensor(shape, values);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forwardAndItsGradientAgreeWithFloat64(Case each) {
        device.profile().start();
        double[][] actual = results(device, each);
        assertThat(device.profile().stop())
                .extracting(Profile.Entry::implementation)
                .as("what served it")
                .anyMatch(name -> name.contains("brg_matmul"));
        double[][] expected = results(reference.devices().get(0), each);
        for (int i = 0; i < expected.length; i++) {
            Agreement.require("result " + i + " of " + each, actual[i], expected[i], TOLERANCE);
        }
    }

    private static double[][] results(Device device, Case each) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = tensor(device, 1, each.x());
            Tensor w = tensor(device, 2, each.w());
            Tensor bias = tensor(device, 3, Shape.of(each.kernels()));
            Tensor dy = tensor(device, 4, each.y());
            return new double[][] {
                read(device.convolutions().forward(x, w, bias, each.spec(), UnaryFunction.RELU)),
                read(device.convolutions().forward(x, w, null, each.spec(), UnaryFunction.IDENTITY)),
                read(device.convolutions().backwardData(dy, w, each.spec(), each.x()))
            };
        }
    }

    private static double[] read(Tensor tensor) {
        float[] values = tensor.read();
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    /** A service answers the same whatever else it was asked at the same time. */
    @Test
    void theBitsOfASampleDoNotDependOnTheBatch() {
        Case many = new Case(33, 256, 13, 13, 384, window(1, 1, 1, 1), 1);
        float[] x = new float[(int) many.x().elements()];
        Philox.gaussians(DATA, 0, x, 0, x.length);
        try (TensorScope scope = TensorScope.open()) {
            Tensor w = tensor(device, 2, many.w());
            float[] all = device.convolutions()
                    .forward(device.tensor(many.x(), x), w, null, many.spec(), UnaryFunction.RELU)
                    .read();
            for (int samples : new int[] {1, 2, 5, 16}) {
                Shape few = Shape.of(samples, 256, 13, 13);
                float[] some = device.convolutions()
                        .forward(
                                device.tensor(few, Arrays.copyOf(x, (int) few.elements())),
                                w,
                                null,
                                many.spec(),
                                UnaryFunction.RELU)
                        .read();
                assertThat(Arrays.copyOf(all, some.length))
                        .as(samples + " samples")
                        .isEqualTo(some);
            }
        }
    }

    @Test
    void kernelsThatChangedAreTransformedAgain() {
        Case each = new Case(2, 64, 13, 13, 64, window(1, 1, 1, 1), 1);
        double[][] actual = afterAStep(device, each);
        double[][] expected = afterAStep(reference.devices().get(0), each);
        for (int i = 0; i < expected.length; i++) {
            Agreement.require("result " + i, actual[i], expected[i], TOLERANCE);
        }
    }

    private static double[][] afterAStep(Device device, Case each) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = tensor(device, 1, each.x());
            Tensor w = tensor(device, 2, each.w());
            Tensor velocity = device.filled(w.shape(), 0);
            double[] before = read(device.convolutions().forward(x, w, null, each.spec(), UnaryFunction.IDENTITY));
            SgdStep step = new SgdStep(SgdStep.Rule.LEARNING_RATE_OUTSIDE, 1, 0.9, 0);
            device.updates().sgd(w, velocity, tensor(device, 5, each.w()), step);
            double[] stepped = read(device.convolutions().forward(x, w, null, each.spec(), UnaryFunction.IDENTITY));
            w.write(tensor(device, 6, each.w()).read());
            double[] written = read(device.convolutions().forward(x, w, null, each.spec(), UnaryFunction.IDENTITY));
            return new double[][] {before, stepped, written};
        }
    }
}

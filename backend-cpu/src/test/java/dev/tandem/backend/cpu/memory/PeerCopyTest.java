package dev.tandem.backend.cpu.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.SgdStep;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies between virtual devices: whole, in order, and independent of what happens to the source next. */
class PeerCopyTest {
    private Backend backend;
    private Device one;
    private Device two;

    private void open(long oneDnn) {
        var provider = Backends.named("cpu");
        backend = provider.open(BackendOptions.of(provider, Map.of("devices", 2L, "onednn", oneDnn)));
        one = backend.devices().get(0);
        two = backend.devices().get(1);
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static float[] counting(Shape shape) {
        float[] values = new float[Math.toIntExact(shape.elements())];
        IntStream.range(0, values.length).forEach(i -> values[i] = i % 97 - 48);
        return values;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void aConvolutionsOutputArrivesWholeAndGoesOn(long oneDnn) {
        open(oneDnn);
        Shape input = Shape.of(2, 3, 9, 9);
        Shape weights = Shape.of(32, 3, 3, 3);
        ConvolutionSpec spec = new ConvolutionSpec(Window.square(3, 1), 1);
        try (TensorScope scope = TensorScope.open()) {
            Tensor x = one.tensor(input, counting(input));
            Tensor w = one.tensor(weights, counting(weights));
            Tensor y = one.convolutions().forward(x, w, null, spec, UnaryFunction.RELU);
            Tensor there = two.memory().copyOf(y);
            assertThat(there.device()).isSameAs(two);
            assertThat(there.read()).isEqualTo(y.read());
            Shape flat = Shape.of(2, 32 * 7 * 7);
            Tensor matrix = two.tensor(Shape.of(5, flat.dim(1)), counting(Shape.of(5, flat.dim(1))));
            float[] product = two.matrices()
                    .linear(two.memory().reshape(there, flat), matrix, null, UnaryFunction.IDENTITY)
                    .read();
            Tensor same = one.tensor(Shape.of(5, flat.dim(1)), counting(Shape.of(5, flat.dim(1))));
            assertThat(product)
                    .isEqualTo(one.matrices()
                            .linear(one.memory().reshape(y, flat), same, null, UnaryFunction.IDENTITY)
                            .read());
            assertThat(two.receivedBytes()).isEqualTo(y.bytes());
        }
    }

    @Test
    void whatIsWrittenAfterwardsDoesNotReachTheCopy() {
        open(1);
        Shape shape = Shape.of(1000, 1000);
        for (int round = 0; round < 20; round++) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor w = one.filled(shape, 1);
                Tensor v = one.filled(shape, 0);
                Tensor g = one.filled(shape, 1);
                Tensor copy = two.memory().copyOf(w);
                one.updates().sgd(w, v, g, new SgdStep(SgdStep.Rule.LEARNING_RATE_IN_VELOCITY, 1, 0, 0));
                Tensor second = two.memory().copyOf(w);
                one.elementwise().binaryInPlace(BinaryFunction.ADD, w, g);
                one.elementwise().fill(g, 7);
                w.close();
                assertThat(copy.read()).as("round %d", round).containsOnly(1);
                assertThat(second.read()).as("round %d", round).containsOnly(0);
            }
        }
        assertThat(one.memoryUse().used()).isZero();
        assertThat(two.memoryUse().used()).isZero();
    }

    @Test
    void manyCopiesBothWaysNeitherHangNorGrow() {
        open(1);
        Shape shape = Shape.of(64, 64);
        long reserved = 0;
        for (int round = 0; round < 200; round++) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor here = one.filled(shape, round);
                for (int hop = 0; hop < 10; hop++) {
                    here = one.memory().copyOf(two.memory().copyOf(here));
                }
                assertThat(here.read()).containsOnly(round);
            }
            if (round == 100) {
                reserved = one.memoryUse().reserved();
            }
        }
        assertThat(one.memoryUse().reserved()).isEqualTo(reserved);
        assertThat(one.busyNanos()).isPositive();
    }
}

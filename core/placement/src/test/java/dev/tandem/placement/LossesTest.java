package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.loss.BinaryCrossEntropy;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.loss.Loss;
import dev.tandem.nn.loss.MeanSquaredError;
import dev.tandem.nn.loss.Target;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.TensorScope;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Losses of three rows and their gradients are PyTorch's (2.x, double precision). */
class LossesTest {
    private static final double[] OUTPUT = {0, 1, -2, 0.5, 3, -1, 0.25, 2, -0.5, 0, 0.75, -4};
    private static final double[] PLAIN = {
        0.06058030425751385,
        0.16467434022572003,
        -0.3251346806980825,
        0.09988003621484862,
        -0.10346776549249888,
        0.004210134733526553,
        0.01469481411712989,
        0.08456281664184243,
        0.054031317574119234,
        -0.24425075076492928,
        0.1885878287772113,
        0.0016316044135987352
    };

    private final Backend backend = reference();

    private static Backend reference() {
        var provider = Backends.named("reference");
        return provider.open(BackendOptions.of(provider, Map.of()));
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static HostBatch batch() {
        HostBatch batch = new HostBatch(Shape.of(3, 1), Shape.of(3, 4));
        System.arraycopy(new int[] {2, 0, 1}, 0, batch.labels(), 0, 3);
        System.arraycopy(new float[] {1, 0, 0.5f, 1, 0, 0, 1, 0.25f, 1, 1, 0, 0}, 0, batch.targets(), 0, 12);
        return batch;
    }

    private void assertLoss(Loss loss, double[] losses, double... gradients) {
        try (TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Tape tape = new Tape();
            Value output = tape.variable(device.allocate(Shape.of(3, 4)).writeDoubles(OUTPUT));
            Value rows = loss.of(output, new Target(batch(), device));
            assertThat(rows.shape()).isEqualTo(Shape.of(3));
            assertThat(rows.tensor().readDoubles()).containsExactly(losses, Offset.offset(1e-12));
            tape.backward(rows.mean());
            assertThat(output.gradient().readDoubles()).containsExactly(gradients, Offset.offset(1e-12));
        }
    }

    @Test
    void crossEntropy() {
        assertLoss(
                CrossEntropy.plain(), new double[] {3.705173162318934, 0.3716483399188714, 1.319579156782422}, PLAIN);
    }

    @Test
    void labelSmoothing() {
        // Of each gradient, (1 - smoothing) / 3 moves from the label to all four classes: 0.1 / 3 less 0.1 / 12.
        int[] labels = {2, 0, 1};
        double[] smoothed = PLAIN.clone();
        for (int i = 0; i < smoothed.length; i++) {
            smoothed[i] += (labels[i / 4] == i % 4 ? 0.1 / 3 : 0) - 0.1 / 12;
        }
        assertThat(smoothed[0]).isCloseTo(0.05224697092418053, Offset.offset(1e-12));
        assertThat(smoothed[2]).isCloseTo(-0.3001346806980825, Offset.offset(1e-12));
        assertLoss(
                new CrossEntropy(0.1),
                new double[] {3.517673162318934, 0.5653983399188715, 1.413329156782422},
                smoothed);
        assertThatThrownBy(() -> new CrossEntropy(1)).isInstanceOf(TandemException.class);
    }

    @Test
    void meanSquaredError() {
        double[] targets = {1, 0, 0.5, 1, 0, 0, 1, 0.25, 1, 1, 0, 0};
        double[] gradients = new double[12];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = 2 * (OUTPUT[i] - targets[i]) / 12;
        }
        assertLoss(new MeanSquaredError(), new double[] {2.125, 3.40625, 4.953125}, gradients);
    }

    @Test
    void binaryCrossEntropy() {
        assertLoss(
                new BinaryCrossEntropy(),
                new double[] {0.9018534658253119, 1.3911791175034451, 0.7055612746931903},
                -0.041666666666666664,
                0.06092154821916707,
                -0.0317330898314902,
                -0.031461722399845446,
                0.07938117723520277,
                0.022411785114166256,
                -0.03648529159285016,
                0.052566423164823524,
                -0.05187161093348788,
                -0.041666666666666664,
                0.05659822493128275,
                0.0014988508301742964);
    }

    @Test
    void aLossOfOnesOwn() {
        // The focal loss with an exponent of 0 is cross-entropy.
        Loss focal = (output, target) -> {
            Value p =
                    Functions.softmax(output).multiply(target.oneHot(4)).sum(1).reshape(Shape.of(3));
            return p.negate().add(1).power(0).multiply(p.log().negate());
        };
        assertLoss(focal, new double[] {3.705173162318934, 0.3716483399188714, 1.319579156782422}, PLAIN);
    }

    @Test
    void predictions() {
        try (TensorScope scope = TensorScope.open()) {
            Value output = Value.constant(
                    backend.devices().get(0).allocate(Shape.of(3, 4)).writeDoubles(OUTPUT));
            double[] classes = CrossEntropy.plain().prediction(output).tensor().readDoubles();
            assertThat(DoubleStream.of(classes).sum()).isCloseTo(3, Offset.offset(1e-12));
            double[] labels =
                    new BinaryCrossEntropy().prediction(output).tensor().readDoubles();
            assertThat(labels[1]).isCloseTo(1 / (1 + Math.exp(-1)), Offset.offset(1e-12));
            assertThat(new MeanSquaredError().prediction(output)).isSameAs(output);
        }
    }

    @Test
    void targetsThatDoNotFit() {
        try (TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Target target = new Target(batch(), device);
            assertThatThrownBy(() -> target.values(Shape.of(3, 2, 2))).hasMessageContaining("got 3x4, expected 3x2x2");
            assertThat(target.values(Shape.of(3, 1, 4)).shape()).isEqualTo(Shape.of(3, 1, 4));
            assertThatThrownBy(() -> target.oneHot(2)).hasMessageContaining("got 2, expected 0 to 1");
            assertThatThrownBy(() -> new Target(new HostBatch(Shape.of(3, 1)), device).values(Shape.of(3, 4)))
                    .hasMessageContaining("labels only");
            assertThatThrownBy(() -> new HostBatch(Shape.of(3, 1), Shape.of(2, 4)))
                    .hasMessageContaining("got 2x4, expected 3 rows");
        }
    }
}

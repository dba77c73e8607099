package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Dropout.Scaling;
import dev.tandem.spi.Backend;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.Philox;
import dev.tandem.spi.op.RandomKey;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Dropout against hand-worked numbers: the paper's 0 or 1 in training and 0.5 in testing, and the inverted kind. */
class DropoutTest {
    private static final float[] INPUT = {1, -2, 3, 4, 5, -6, 7, 8};

    private static double[] run(Dropout dropout, boolean training) {
        try (Backend backend = Backends.open("reference");
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Context context = training
                    ? Context.training(device, Map.of(), 7, 3).within("drop6")
                    : Context.inference(device, Map.of());
            Value x = Value.constant(device.tensor(Shape.of(2, 4), INPUT));
            return dropout.forward(x, context).tensor().readDoubles();
        }
    }

    private static double[] kept(double value) {
        RandomKey key = new RandomKey(7, RandomKey.Purpose.DROPOUT, 3, RandomKey.stream("drop6"));
        double[] expected = new double[INPUT.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = INPUT[i] * (Philox.word(key, i) >= 0 ? value : 0); // below 2^31, unsigned
        }
        return expected;
    }

    @Test
    void thePapersKindHalvesInTesting() {
        Dropout paper = Dropout.of(0.5);
        assertThat(run(paper, false)).containsExactly(0.5, -1, 1.5, 2, 2.5, -3, 3.5, 4);
        assertThat(run(paper, true)).containsExactly(kept(1));
    }

    @Test
    void theInvertedKindDoublesInTraining() {
        Dropout inverted = new Dropout(0.5, Scaling.WHEN_TRAINING);
        assertThat(run(inverted, false)).containsExactly(1, -2, 3, 4, 5, -6, 7, 8);
        assertThat(run(inverted, true)).containsExactly(kept(2));
        assertThat(Arrays.stream(kept(2)).filter(value -> value == 0).count())
                .as("some of both")
                .isBetween(1L, 7L);
    }
}

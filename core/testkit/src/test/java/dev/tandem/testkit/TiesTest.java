package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.TensorScope;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Gradients where a function has no derivative: those of PyTorch. */
class TiesTest {
    private static double[] gradient(UnaryOperator<Value> f, double... x) {
        try (TensorScope scope = TensorScope.open()) {
            Device device = LayerTrial.reference();
            Tape tape = new Tape();
            Value value = tape.variable(device.allocate(Shape.of(x.length)).writeDoubles(x));
            tape.backward(f.apply(value).sum());
            return value.gradient().readDoubles();
        }
    }

    private static Value constant(Value like, double number) {
        return Value.constant(like.tensor().device().filled(Shape.scalar(), number));
    }

    @Test
    void equalOperandsShareTheGradient() {
        assertThat(gradient(x -> x.maximum(constant(x, 2)), 1, 2, 3)).containsExactly(0, 0.5, 1);
        assertThat(gradient(x -> constant(x, 2).maximum(x), 1, 2, 3)).containsExactly(0, 0.5, 1);
        assertThat(gradient(x -> x.minimum(constant(x, 2)), 1, 2, 3)).containsExactly(1, 0.5, 0);
        assertThat(gradient(x -> constant(x, 2).minimum(x), 1, 2, 3)).containsExactly(1, 0.5, 0);
    }

    @Test
    void equalGreatestElementsShareTheGradient() {
        assertThat(gradient(x -> x.max(0), 4, 2, 4, 4)).containsExactly(1 / 3.0, 0, 1 / 3.0, 1 / 3.0);
    }

    @Test
    void theGradientPassesAtTheBoundsOfClip() {
        assertThat(gradient(x -> x.clip(1, 3), 0, 1, 2, 3, 4)).containsExactly(0, 1, 1, 1, 0);
        assertThat(gradient(x -> x.clip(2, 2), 1, 2, 3)).containsExactly(0, 1, 0);
        assertThat(gradient(x -> x.clip(Double.NEGATIVE_INFINITY, 1), -1e300, 1, 2))
                .containsExactly(1, 1, 0);
    }

    @Test
    void powersOfZero() {
        assertThat(gradient(x -> x.power(0), 0, 2)).containsExactly(0, 0);
        assertThat(gradient(x -> x.power(1), 0, 2)).containsExactly(1, 1);
        assertThat(gradient(x -> x.power(2), 0, 2)).containsExactly(0, 4);
        assertThat(gradient(x -> constant(x, 0).power(x), 0, 2)).containsExactly(0, 0);
    }

    @Test
    void boundsOutOfOrderAreRefused() {
        assertThatThrownBy(() -> gradient(x -> x.clip(3, 1), 0))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("got 3.0 and 1.0, expected the lower one first");
    }
}

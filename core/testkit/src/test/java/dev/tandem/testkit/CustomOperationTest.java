package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.UnaryFunction;
import org.junit.jupiter.api.Test;

/** Operations whose backward pass is written outside of {@code dev.tandem.nn}. */
class CustomOperationTest {
    private static final Shape ROWS = Shape.of(3, 5);

    /** {@code a tanh(b)}. */
    private static Value gated(Value a, Value b) {
        Elementwise elementwise = a.tensor().device().elementwise();
        Tensor gate = elementwise.unary(UnaryFunction.TANH, b.tensor());
        return Value.of(
                elementwise.binary(BinaryFunction.MULTIPLY, a.tensor(), gate),
                dy -> {
                    Tensor da = elementwise.binary(BinaryFunction.MULTIPLY, dy, gate);
                    Tensor dgate = elementwise.binaryInPlace(BinaryFunction.MULTIPLY, dy, a.tensor());
                    return new Tensor[] {da, elementwise.unaryBackwardInPlace(UnaryFunction.TANH, gate, dgate)};
                },
                a,
                b);
    }

    @Test
    void gradientsAreThoseOfFiniteDifferences() {
        GradientCheck.of((x, c) -> gated(x, x.sigmoid()).add(gated(x.exp(), x)), ROWS)
                .check();
    }

    /** A gradient for a constant is not wanted; that it is returned changes nothing. */
    @Test
    void constantsTakeNoGradient() {
        GradientCheck.of((x, c) -> gated(x, Value.constant(c.device().filled(ROWS, 0.5))), ROWS)
                .check();
    }

    @Test
    void aWrongGradientIsNoticed() {
        assertThatThrownBy(() -> GradientCheck.of(
                                (x, c) -> Value.of(x.exp().tensor(), dy -> new Tensor[] {dy}, x), ROWS)
                        .check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("gradient with respect to input");
    }

    @Test
    void onlyWhatDependsOnAVariableIsOnTape() {
        try (TensorScope scope = TensorScope.open()) {
            Device device = LayerTrial.reference();
            Value constant = Value.constant(device.filled(ROWS, 2));
            Value variable = new Tape().variable(device.filled(ROWS, 2));
            assertThat(gated(constant, constant).isOnTape()).isFalse();
            assertThat(gated(constant, variable).isOnTape()).isTrue();
        }
    }

    @Test
    void gradientsThatDoNotFitAreRefused() {
        refused((x, y) -> Value.of(y, dy -> new Tensor[] {dy, null}, x), "got 2, expected 1");
        refused((x, y) -> Value.of(y, dy -> null, x), "got null, expected 1");
        refused((x, y) -> Value.of(y, dy -> new Tensor[] {x.sum(0).tensor()}, x), "got 1x5, expected 3x5");
    }

    private interface Operation {
        Value of(Value x, Tensor output);
    }

    private static void refused(Operation operation, String fragment) {
        try (TensorScope scope = TensorScope.open()) {
            Device device = LayerTrial.reference();
            Tape tape = new Tape();
            Value y = operation.of(tape.variable(device.filled(ROWS, 2)), device.filled(ROWS, 3));
            assertThatThrownBy(() -> tape.backward(y.sum()))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining(fragment);
        }
    }
}

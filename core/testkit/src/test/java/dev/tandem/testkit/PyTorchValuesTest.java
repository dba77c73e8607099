package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.GlobalAveragePooling;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.LayerNormalization;
import dev.tandem.nn.layer.LeakyRelu;
import dev.tandem.nn.layer.LocallyConnected;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.AdamStep;
import dev.tandem.spi.op.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Layers and optimizers against numbers that PyTorch 2.13 computed in double precision. Element {@code i} of an input or
 * a weight is {@code sin(i + 1)}; the loss is the sum of the outputs, {@code i} multiplied by {@code cos(i)}.
 */
class PyTorchValuesTest {
    private final Device device = LayerTrial.reference();

    /** {@code gradients} are the sums of the absolute gradients with respect to the input and each parameter. */
    private record Case(Layer layer, Shape input, double loss, double... gradients) {
        @Override
        public String toString() {
            return layer + " over " + input;
        }
    }

    static Stream<Case> layers() {
        Layer normalization = LayerNormalization.of(1);
        Window window = new Window(2, 3, 2, 1, 1, 0, 1, 0);
        return Stream.of(
                new Case(Activation.gelu(), Shape.of(2, 4), 2.3809150709, 3.72420906),
                new Case(new LeakyRelu(0.2), Shape.of(2, 4), 2.9100910428, 4.055981344),
                new Case(normalization, Shape.of(2, 4), 8.2870241857, 3.8348519772, 5.2783071108, 1.9504345628),
                new Case(new GlobalAveragePooling(), Shape.of(2, 2, 2, 3), -0.0463225846, 2.946441639),
                new Case(
                        Convolution.depthwise(2).padding(1).withoutBias(),
                        Shape.of(1, 2, 3, 3),
                        -2.3112164909,
                        22.2603457623,
                        19.2420429556),
                new Case((x, context) -> x.unfold(window), Shape.of(1, 2, 3, 3), 0.4752263166, 11.5080815792),
                new Case(
                        LocallyConnected.of(2, 2),
                        Shape.of(2, 2, 3, 3),
                        2.8100576195,
                        13.6402788323,
                        38.5567136005,
                        5.9501255546));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void lossAndGradientsAgree(Case c) {
        try (TensorScope scope = TensorScope.open()) {
            Tape tape = new Tape();
            Value x = tape.variable(filled(c.input(), i -> Math.sin(i + 1)));
            List<Value> variables = new ArrayList<>(List.of(x));
            Map<String, Value> parameters = new HashMap<>();
            for (ParameterSpec spec : c.layer().parameters(c.input())) {
                Value value = tape.variable(filled(spec.shape(), initial(c.layer(), spec.name())));
                parameters.put(spec.name(), value);
                variables.add(value);
            }
            Value y = c.layer().forward(x, Context.training(device, parameters, 1, 1));
            Value loss =
                    y.multiply(Value.constant(filled(y.shape(), Math::cos))).sum();
            tape.backward(loss);
            assertThat(loss.tensor().readDoubles()[0]).isCloseTo(c.loss(), within(1e-9));
            for (int i = 0; i < variables.size(); i++) {
                double[] gradient = variables.get(i).gradient().readDoubles();
                assertThat(Arrays.stream(gradient).map(Math::abs).sum())
                        .as("gradient %d", i)
                        .isCloseTo(c.gradients()[i], within(1e-9));
            }
        }
    }

    /** A normalization's weights are 1.5 and its biases 0.25. */
    private static IntToDoubleFunction initial(Layer layer, String name) {
        return layer instanceof LayerNormalization ? i -> name.equals("weight") ? 1.5 : 0.25 : i -> Math.sin(i + 1);
    }

    private Tensor filled(Shape shape, IntToDoubleFunction f) {
        return device.allocate(shape)
                .writeDoubles(
                        IntStream.range(0, shape.arrayLength()).mapToDouble(f).toArray());
    }

    @ParameterizedTest
    @CsvSource({
        "false, 0.3627632588, -1.11465526359, 1.834777201845",
        "true, 0.361524202724, -1.109463175043, 1.873938389631"
    })
    void threeStepsOfAdam(boolean decoupled, double first, double second, double third) {
        try (TensorScope scope = TensorScope.open()) {
            Tensor w = device.allocate(Shape.of(3)).writeDoubles(new double[] {0.5, -1, 2});
            Tensor m = device.filled(w.shape(), 0);
            Tensor v = device.filled(w.shape(), 0);
            for (int step = 1; step <= 3; step++) {
                int before = 3 * (step - 1);
                Tensor g = filled(w.shape(), i -> Math.sin(before + i + 1));
                device.updates().adam(w, m, v, g, new AdamStep(0.1, 0.9, 0.99, 1e-3, 0.05, decoupled, step));
            }
            assertThat(w.readDoubles()).containsExactly(new double[] {first, second, third}, within(1e-11));
        }
    }
}

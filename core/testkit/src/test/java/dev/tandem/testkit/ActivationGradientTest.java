package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The only user of an activation's output computes the activation's gradient with its own; nothing else changes. */
class ActivationGradientTest {
    private static final Shape MAPS = Shape.of(2, 6, 5, 5);
    private static final ResponseNormalization NORMALIZATION =
            new ResponseNormalization(Neighbourhood.ACROSS_MAPS, 3, 0.5, 0.75, 2, 1);
    private static final long SEED = 2012;

    private static Value pooling(Value x) {
        return Functions.maxPooling(x, Window.square(3, 2));
    }

    private static Value normalization(Value x) {
        return Functions.responseNormalization(x, NORMALIZATION);
    }

    /** The gradient of the sum of the squares of {@code f(x)}. */
    private static double[] gradient(Function<Value, Value> f) {
        try (TensorScope scope = TensorScope.open()) {
            Device device = LayerTrial.reference();
            Tape tape = new Tape();
            double[] numbers = new Random(SEED).doubles(MAPS.elements(), -1, 1).toArray();
            Value x = tape.variable(device.allocate(MAPS).writeDoubles(numbers));
            tape.backward(f.apply(x).square().sum());
            return x.gradient().readDoubles();
        }
    }

    /** With an operation between, which changes no number, there is nothing that could compute both gradients. */
    private static void agree(UnaryFunction f, Function<UnaryOperator<Value>, Function<Value, Value>> net) {
        double[] apart = gradient(net.apply(x -> x.apply(f).multiply(1)));
        assertThat(apart).as("%s (seed %d)", f, SEED).isNotEqualTo(new double[apart.length]);
        assertThat(gradient(net.apply(x -> x.apply(f))))
                .as("%s (seed %d)", f, SEED)
                .containsExactly(apart);
    }

    /** Functions that are defined below 0; the gradients of the others come from the input. */
    @ParameterizedTest
    @EnumSource(names = {"RELU", "TANH", "SIGMOID", "EXP", "GELU", "ABS"})
    void oneUser(UnaryFunction f) {
        agree(f, activated -> x -> pooling(activated.apply(x)));
        agree(f, activated -> x -> normalization(activated.apply(x)));
        agree(f, activated -> x -> pooling(normalization(activated.apply(x))));
    }

    /** A gradient that is complete before the activation cannot be added to one that is not. */
    @ParameterizedTest
    @EnumSource(names = {"RELU", "TANH"})
    void severalUsers(UnaryFunction f) {
        agree(f, activated -> x -> {
            Value y = activated.apply(x);
            return pooling(y).mean().add(normalization(y).mean());
        });
        agree(f, activated -> x -> {
            Value y = activated.apply(x);
            return pooling(y).mean().add(y.slice(1, 2, 3).mean());
        });
        agree(f, activated -> x -> {
            Value y = activated.apply(x);
            return pooling(y).mean().multiply(pooling(y).mean());
        });
    }

    /** The gradient that the caller gives is one of the users' as well. */
    @ParameterizedTest
    @EnumSource(names = {"RELU", "TANH"})
    void givenGradients(UnaryFunction f) {
        double[][] gradients = new double[2][];
        for (int i = 0; i < 2; i++) {
            try (TensorScope scope = TensorScope.open()) {
                Device device = LayerTrial.reference();
                Tape tape = new Tape();
                Value x = tape.variable(device.filled(MAPS, 0.7));
                Value y = i == 0 ? x.apply(f) : x.apply(f).multiply(1);
                pooling(y);
                tape.backward(y, device.filled(MAPS, 1));
                gradients[i] = x.gradient().readDoubles();
            }
        }
        assertThat(gradients[0]).containsExactly(gradients[1]).doesNotContain(0);
    }
}

package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Tape;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Context;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.TensorScope;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Batch normalization gives PyTorch's numbers: those of {@code torch.nn.BatchNorm2d(2)} in double precision. */
class BatchNormalizationTest {
    private static final Shape MAPS = Shape.of(3, 2, 2, 1);
    private static final double[] X = {-4, 3.5, 0, 6, 2.5, -1, 5, 1.5, -2, 4, 0.5, -3};
    private static final double[] DY = {-3, 2, 0, -2, 3, 1, -1, -3, 2, 0, -2, 3};
    private static final double[] Y = {
        -1.99999875,
        1.74999916667,
        2.27317903557,
        1.28973450751,
        1.24999944444,
        -0.499999583334,
        1.45364192886,
        2.02731790356,
        -0.999999305556,
        1.99999902778,
        2.1912253249,
        2.7649012996
    };
    private static final double[] DX = {
        -1.12500025463,
        0.0555561111102,
        -0.0232407263264,
        -0.103481532894,
        0.731481466049,
        0.347221736112,
        -0.199379679361,
        0.366467625389,
        1.02314709105,
        -1.03240614969,
        0.270569478921,
        -0.310935165728
    };
    private static final double[] Y_OF_RUNNING = {
        -4.06730360393,
        3.92770307002,
        2.05868142036,
        -0.0538497126239,
        2.86170218016,
        -0.869300934353,
        0.29823880954,
        1.53054863711,
        -1.93530182421,
        4.46070351495,
        1.88263715928,
        3.11494698685
    };

    private final Device device = LayerTrial.reference();
    private final BatchNormalization layer = new BatchNormalization();

    private Map<String, Value> parameters(Tape tape) {
        Map<String, Value> parameters = new HashMap<>();
        parameters.put("weight", tape.variable(vector(1.5, -0.5).tensor()));
        parameters.put("bias", tape.variable(vector(0.25, 2).tensor()));
        parameters.put("running_mean", vector(0, 0));
        parameters.put("running_var", vector(1, 1));
        return parameters;
    }

    private Value vector(double... values) {
        return Value.constant(device.allocate(Shape.of(values.length)).writeDoubles(values));
    }

    private static void assertClose(Value actual, double... expected) {
        assertThat(actual.tensor().readDoubles()).containsExactly(expected, Offset.offset(1e-10));
    }

    @Test
    void outputsGradientsAndStatisticsArePyTorchs() {
        try (TensorScope scope = TensorScope.open()) {
            Tape tape = new Tape();
            Map<String, Value> parameters = parameters(tape);
            Value x = tape.variable(device.allocate(MAPS).writeDoubles(X));
            Context context = Context.training(device, parameters, 1, 0);

            Value y = layer.forward(x, context);
            tape.backward(y, device.allocate(MAPS).writeDoubles(DY));

            assertClose(y, Y);
            assertClose(Value.constant(x.gradient()), DX);
            assertClose(Value.constant(parameters.get("weight").gradient()), 6.33332981482, -7.59437718888);
            assertClose(Value.constant(parameters.get("bias").gradient()), 5, -5);
            assertThat(context.stateUpdates()).containsOnlyKeys("running_mean", "running_var");
            assertClose(context.stateUpdates().get("running_mean"), 0.05, 0.166666666667);
            assertClose(context.stateUpdates().get("running_var"), 1.98, 2.01666666667);

            parameters.putAll(context.stateUpdates());
            assertClose(layer.forward(x, Context.inference(device, parameters)), Y_OF_RUNNING);
        }
    }

    @Test
    void aConstantLayerUsesTheRunningStatisticsAndLeavesThem() {
        try (TensorScope scope = TensorScope.open()) {
            Map<String, Value> parameters = parameters(new Tape());
            parameters.put("running_mean", vector(0.05, 0.166666666667));
            parameters.put("running_var", vector(1.98, 2.01666666667));
            Context context = Context.training(device, parameters, 1, 0)
                    .withConstants(Set.of("weight", "bias", "running_mean", "running_var"));

            assertClose(layer.forward(Value.constant(device.allocate(MAPS).writeDoubles(X)), context), Y_OF_RUNNING);
            assertThat(context.stateUpdates()).isEmpty();
        }
    }

    @Test
    void aMeanThatIsLargeBesideTheDeviationLosesNothing() {
        LayerContract.of(layer, Shape.of(4, 3, 2, 2)).inputs(x -> 1000 + x).check();
        GradientCheck.of(layer, Shape.of(4, 3)).inputs(x -> 1000 + x).check();
    }

    @Test
    void refusesOneNumberAChannelAndWrongConstants() {
        try (TensorScope scope = TensorScope.open()) {
            Value one = Value.constant(device.allocate(Shape.of(1, 2)).writeDoubles(new double[2]));
            assertThatThrownBy(() -> layer.forward(one, Context.training(device, parameters(new Tape()), 1, 0)))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("a channel of one number has no variance, got 1x2");
        }
        assertThatThrownBy(() -> layer.momentum(0)).hasMessageContaining("momentum 0.0");
        assertThatThrownBy(() -> layer.epsilon(0)).hasMessageContaining("epsilon 0.0");
        assertThatThrownBy(() -> layer.parameters(Shape.of(3))).hasMessageContaining("no channels");
    }
}

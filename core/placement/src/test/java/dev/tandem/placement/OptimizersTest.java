package dev.tandem.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.optimizer.Adam;
import dev.tandem.nn.optimizer.AdamW;
import dev.tandem.nn.optimizer.Optimizer;
import dev.tandem.nn.optimizer.ParameterUpdate;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.SgdStep.Rule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Five updates at changing rates end where PyTorch's optimizers do (2.x, double precision). */
class OptimizersTest {
    private static double[] updated(Optimizer optimizer, double... rates) {
        var provider = Backends.named("reference");
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of()));
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Shape shape = Shape.of(2, 2);
            Tensor parameter = device.allocate(shape).writeDoubles(0.5, -1.25, 2, -3);
            Map<String, Tensor> state = new LinkedHashMap<>();
            optimizer.state().forEach(name -> state.put(name, device.filled(shape, 0)));
            for (int t = 1; t <= rates.length; t++) {
                Tensor gradient = device.allocate(shape).writeDoubles(0.1 * t, -0.2, 0.3 / t, 0.05 * t * t);
                optimizer.update(new ParameterUpdate(parameter, gradient, state, rates[t - 1], 1, t));
            }
            return parameter.readDoubles();
        }
    }

    private static void assertEnd(Optimizer optimizer, double... expected) {
        assertThat(updated(optimizer, 0.1, 0.1, 0.01, 0.05, 0.05)).containsExactly(expected, Offset.offset(1e-12));
    }

    @Test
    void momentumSgd() {
        assertEnd(
                new Sgd(Rule.LEARNING_RATE_OUTSIDE, 0.9, 0.01),
                0.3411036100933822,
                -1.1027806820605057,
                1.858618442240004,
                -3.211123826443195);
    }

    @Test
    void nesterov() {
        assertEnd(
                new Sgd(Rule.LEARNING_RATE_OUTSIDE, 0.9, 0.01).withNesterov(),
                0.27766065679406693,
                -1.0519202690847949,
                1.8141582392288065,
                -3.3125494768726345);
    }

    @Test
    void nesterovWithTheRateInTheVelocityIsTheSameAtAConstantRate() {
        double[] inside = updated(new Sgd(Rule.LEARNING_RATE_IN_VELOCITY, 0.9, 0.01).withNesterov(), 0.1, 0.1, 0.1);
        double[] outside = updated(new Sgd(Rule.LEARNING_RATE_OUTSIDE, 0.9, 0.01).withNesterov(), 0.1, 0.1, 0.1);
        assertThat(inside).containsExactly(outside, Offset.offset(1e-12));
    }

    @Test
    void adam() {
        assertEnd(new Adam(), 0.19751941981919577, -0.9400000155000003, 1.7182443266008725, -3.284270582387321);
        assertEnd(
                new Adam(0.9, 0.999, 1e-8, 0.01),
                0.19696357314096866,
                -0.9400695266071377,
                1.714473078851269,
                -3.275442584372268);
    }

    @Test
    void adamW() {
        assertEnd(new AdamW(), 0.19632077303322795, -0.9364842682415067, 1.7123930454864027, -3.274643791901588);
    }

    @Test
    void anOptimizerOfOnesOwn() {
        Optimizer signs = new Optimizer() {
            @Override
            public List<String> state() {
                return List.of("count");
            }

            @Override
            public void update(ParameterUpdate update) {
                update.setState("count", update.state("count").add(1));
                update.set(update.value().subtract(update.gradient().sign().multiply(update.learningRate())));
            }
        };
        assertEnd(signs, 0.5 - 0.31, -1.25 + 0.31, 2 - 0.31, -3 - 0.31);
    }

    @Test
    void whatIsOutOfRange() {
        assertThatThrownBy(() -> new Adam(1, 0.9, 1e-8, 0)).isInstanceOf(TandemException.class);
        assertThatThrownBy(() -> new AdamW(0.9, 0.9, 0, 0)).isInstanceOf(TandemException.class);
        Optimizer forgetful = new Optimizer() {
            @Override
            public List<String> state() {
                return List.of();
            }

            @Override
            public void update(ParameterUpdate update) {
                update.state("velocity");
            }
        };
        assertThatThrownBy(() -> updated(forgetful, 0.1)).hasMessageContaining("unknown state, got velocity");
    }
}

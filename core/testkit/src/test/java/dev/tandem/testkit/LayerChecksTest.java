package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.ChannelRange;
import dev.tandem.nn.layer.ChannelShard;
import dev.tandem.nn.layer.Context;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checks of layers notice layers that are wrong. */
class LayerChecksTest {
    private static final Shape ROWS = Shape.of(3, 4);

    @Test
    void aGradientThatIsCutOffIsNoticed() {
        Layer cut = (x, c) -> x.multiply(Value.constant(x.tensor()));

        assertThatThrownBy(() -> GradientCheck.of(cut, ROWS).check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("over 3x4 (seed 2012): gradient with respect to input: off by");
    }

    @Test
    void aParameterWithoutItsGradientIsNoticed() {
        Layer frozen = new Layer() {
            @Override
            public Value forward(Value x, Context context) {
                return x.multiply(Value.constant(context.parameter("scale").tensor()));
            }

            @Override
            public List<ParameterSpec> parameters(Shape input) {
                return List.of(ParameterSpec.weight("scale", Shape.of(1, 4), Initializer.constant(1)));
            }
        };

        assertThatThrownBy(() -> GradientCheck.of(frozen, ROWS).check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("gradient with respect to scale: off by");
    }

    @Test
    void aWrongDeclaredShapeIsNoticed() {
        Layer wrong = new Layer() {
            @Override
            public Value forward(Value x, Context context) {
                return x.slice(1, 0, 2);
            }

            @Override
            public Shape outputShape(Shape input) {
                return input;
            }
        };

        assertThatThrownBy(() -> LayerContract.of(wrong, ROWS).check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("declares outputs of shape 3x4, but in training gave 3x2");
    }

    @Test
    void aFalsePartIsNoticed() {
        Layer claiming = new Layer() {
            @Override
            public Value forward(Value x, Context context) {
                return x.subtract(x.slice(1, x.dim(1) - 1, 1));
            }

            @Override
            public ChannelShard shard(ChannelRange output, Shape input) {
                return new ChannelShard(this, output);
            }
        };

        assertThatThrownBy(() -> LayerContract.of(claiming, ROWS).check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("its shard for channels 0 to 1");
    }

    @Test
    void twoParametersOfOneNameAreNoticed() {
        Layer twins = new Layer() {
            @Override
            public Value forward(Value x, Context context) {
                return x;
            }

            @Override
            public List<ParameterSpec> parameters(Shape input) {
                ParameterSpec spec = ParameterSpec.weight("w", Shape.of(1, 4), Initializer.constant(1));
                return List.of(spec, spec);
            }
        };

        assertThatThrownBy(() -> LayerContract.of(twins, ROWS).check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("are called w");
    }
}

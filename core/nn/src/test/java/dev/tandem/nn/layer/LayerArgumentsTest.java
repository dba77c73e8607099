package dev.tandem.nn.layer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.autograd.Value;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.Slice;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Layers and shapes that cannot work are refused where they are made. */
class LayerArgumentsTest {
    private static final Map<String, ThrowingCallable> MISTAKES = Map.ofEntries(
            Map.entry("groups of 0", () -> Convolution.of(4, 3).groups(0)),
            Map.entry("stride of 0", () -> Convolution.of(4, 3).stride(0)),
            Map.entry("padding below 0", () -> Convolution.of(4, 3).padding(-1)),
            Map.entry("no channels", () -> Convolution.of(0, 3)),
            Map.entry("kernel of 0", () -> Convolution.of(4, 0)),
            Map.entry(
                    "no initializer of the weights", () -> Convolution.of(4, 3).weights(null)),
            Map.entry("no rounding", () -> Convolution.of(4, 3).rounding(null)),
            Map.entry("no features", () -> Linear.of(0)),
            Map.entry("no initializer of a linear layer", () -> Linear.of(3).weights(null)),
            Map.entry("pooling with stride 0", () -> Pooling.max(3).stride(0)),
            Map.entry("pooling of 0", () -> Pooling.average(0).stride(1)),
            Map.entry("no function", () -> new Activation(null)),
            Map.entry("no neighbourhood", () -> new LocalResponseNormalization(null)),
            Map.entry("no scaling", () -> new Dropout(0.5, null)),
            Map.entry("no distribution", () -> new Initializer(null, 1, 1, 1)),
            Map.entry("a multiplier of NaN", () -> Initializer.gaussian(1).learningRateMultiplier(Double.NaN)),
            Map.entry("a deviation below 0", () -> Initializer.gaussian(-1)),
            Map.entry("a constant of NaN", () -> Initializer.constant(Double.NaN)),
            Map.entry("no branch", Concatenation::of),
            Map.entry("a null branch", () -> Concatenation.of(Linear.of(1), null)),
            Map.entry("a null layer", () -> Network.builder().add("c", null)),
            Map.entry("a null name", () -> Network.builder().add(null, Linear.of(1))),
            Map.entry("an axis that is not there", () -> Shape.of(1, 2).dim(7)),
            Map.entry("an axis below 0", () -> Shape.of(1, 2).with(-1, 2)),
            Map.entry("a scalar's batch", () -> Shape.scalar().withoutBatch()),
            Map.entry("the stride of no axis", () -> Shape.of(1, 2).stride(2)),
            Map.entry("elements beyond counting", () -> Shape.of(1 << 30, 1 << 30, 1 << 30)),
            Map.entry("a slice beyond int", () -> new Slice(Shape.of(4), 0, Integer.MAX_VALUE, 1)),
            Map.entry("the slice of a scalar", () -> Slice.all(Shape.scalar())),
            Map.entry("a window of stride 0", () -> Window.over(5, 5, 3, 0, 0, Rounding.UP)),
            Map.entry("nothing to join", () -> Value.concatenate(1)));

    @TestFactory
    Stream<DynamicTest> eachIsRefused() {
        return MISTAKES.entrySet().stream()
                .map(mistake -> DynamicTest.dynamicTest(
                        mistake.getKey(),
                        () -> assertThatThrownBy(mistake.getValue())
                                .isInstanceOf(TandemException.class)
                                .hasMessageContaining(", got ")
                                .hasMessageContaining(", expected ")));
    }
}

package dev.tandem.testkit;

import dev.tandem.nn.autograd.Functions;
import dev.tandem.nn.autograd.Value;
import dev.tandem.nn.layer.Activation;
import dev.tandem.nn.layer.BatchNormalization;
import dev.tandem.nn.layer.Concatenation;
import dev.tandem.nn.layer.Convolution;
import dev.tandem.nn.layer.Dropout;
import dev.tandem.nn.layer.Flatten;
import dev.tandem.nn.layer.GlobalAveragePooling;
import dev.tandem.nn.layer.Initializer;
import dev.tandem.nn.layer.Layer;
import dev.tandem.nn.layer.LayerNormalization;
import dev.tandem.nn.layer.LeakyRelu;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.LocalResponseNormalization;
import dev.tandem.nn.layer.LocallyConnected;
import dev.tandem.nn.layer.Merge;
import dev.tandem.nn.layer.Multiplication;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.Pooling;
import dev.tandem.nn.layer.Softmax;
import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.ResponseNormalization.Neighbourhood;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import dev.tandem.spi.op.Window.Rounding;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients and declared shapes of every layer of {@code dev.tandem.nn}, and of every operation of its values. */
class BuiltInLayersTest {
    private static final Shape MAPS = Shape.of(2, 4, 5, 6);
    private static final Shape ROWS = Shape.of(3, 5);

    private final Device reference = LayerTrial.reference();

    private record Case(String name, Layer layer, Shape input, DoubleUnaryOperator inputs) {
        Case(String name, Layer layer, Shape input) {
            this(name, layer, input, x -> x);
        }

        @Override
        public String toString() {
            return name + " over " + input;
        }
    }

    static Stream<Case> layers() {
        return Stream.of(
                new Case("convolution", Convolution.of(3, 3).padding(1), MAPS),
                new Case(
                        "convolution in 2 groups",
                        Convolution.of(6, 3).groups(2).stride(2),
                        MAPS),
                new Case(
                        "convolution rounding up",
                        Convolution.of(2, 4).stride(3).rounding(Rounding.UP),
                        MAPS),
                new Case("convolution without bias", Convolution.of(2, 1).withoutBias(), MAPS),
                new Case("convolution of one pixel", Convolution.of(1, 1), Shape.of(1, 1, 1, 1)),
                new Case("linear over maps", Linear.of(3), Shape.of(2, 2, 3, 2)),
                new Case("linear over rows", Linear.of(7), ROWS),
                new Case("linear without bias", Linear.of(1).withoutBias(), ROWS),
                new Case("max pooling", Pooling.max(3).stride(2), MAPS),
                new Case("max pooling rounding down", Pooling.max(2).stride(3).rounding(Rounding.DOWN), MAPS),
                new Case("average pooling", Pooling.average(3).stride(2), MAPS),
                new Case("the paper's normalization", LocalResponseNormalization.paper(), MAPS),
                new Case("normalization in 2 groups", normalization(Neighbourhood.ACROSS_MAPS, 2), MAPS),
                new Case("normalization within maps", normalization(Neighbourhood.WITHIN_MAP, 1), MAPS),
                new Case("dropout scaled in testing", Dropout.of(0.5), MAPS),
                new Case("dropout scaled in training", new Dropout(0.3, Dropout.Scaling.WHEN_TRAINING), ROWS),
                new Case("batch normalization of maps", new BatchNormalization(), MAPS),
                new Case("batch normalization of rows", new BatchNormalization().momentum(0.3), ROWS),
                new Case("batch normalization of one map", new BatchNormalization().epsilon(0.1), Shape.of(1, 1, 1, 2)),
                new Case("flatten", new Flatten(), MAPS),
                new Case("flatten of rows", new Flatten(), ROWS),
                new Case("softmax", new Softmax(), ROWS),
                new Case(
                        "concatenation",
                        Concatenation.of(
                                Convolution.of(2, 1),
                                Activation.tanh(),
                                Convolution.of(3, 3).padding(1)),
                        MAPS),
                new Case(
                        "residual block",
                        Network.builder()
                                .add("conv", Convolution.of(4, 3).padding(1))
                                .add("tanh", Activation.tanh())
                                .add("sum", Merge.sum(), "tanh", "conv", Network.INPUT)
                                .build(),
                        MAPS),
                new Case(
                        "merge of branches",
                        Network.builder()
                                .add("conv", Convolution.of(2, 1))
                                .add("pool", Pooling.max(1), Network.INPUT)
                                .add("join", Merge.concatenation(), "pool", "conv", "pool")
                                .build(),
                        MAPS),
                new Case("global average pooling", new GlobalAveragePooling(), MAPS),
                new Case("depthwise convolution", Convolution.depthwise(3).padding(1), MAPS),
                new Case(
                        "depthwise convolution with a stride",
                        Convolution.depthwise(2).stride(2).withoutBias().rounding(Rounding.UP),
                        MAPS),
                new Case("depthwise and pointwise convolution", separable(), MAPS),
                new Case("locally connected", LocallyConnected.of(3, 3).padding(1), MAPS),
                new Case(
                        "locally connected with a stride",
                        LocallyConnected.of(2, 2)
                                .stride(3)
                                .rounding(Rounding.UP)
                                .withoutBias(),
                        MAPS),
                new Case("locally connected, with tanh in the same operation", locallyConnectedWithTanh(), MAPS),
                new Case("layer normalization of rows", LayerNormalization.of(1), ROWS),
                new Case(
                        "layer normalization of samples",
                        LayerNormalization.of(3).epsilon(0.1),
                        MAPS),
                new Case("layer normalization of the last axis", LayerNormalization.of(1), Shape.of(2, 3, 4)),
                new Case("GELU", Activation.gelu(), MAPS),
                new Case("leaky ReLU", new LeakyRelu(0.2), MAPS),
                new Case("multiplication", new Multiplication(-0.5), MAPS),
                new Case("a small net", smallNet(), Shape.of(2, 3, 9, 9)));
    }

    static Stream<Case> activations() {
        return Stream.of(UnaryFunction.values()).flatMap(f -> {
            boolean positive = f == UnaryFunction.LOG || f == UnaryFunction.SQRT;
            DoubleUnaryOperator inputs = positive ? Math::exp : x -> x;
            Layer fused = Network.builder()
                    .add("linear", Linear.of(4))
                    .add("activation", new Activation(f))
                    .build();
            Case alone = new Case(f.name(), new Activation(f), ROWS, inputs);
            // Random sums are not all above 0, where these two are defined.
            return positive ? Stream.of(alone) : Stream.of(alone, new Case("linear, then " + f, fused, ROWS));
        });
    }

    static Stream<Case> operations() {
        Layer twice = (x, c) -> x.multiply(x.tanh()).add(x);
        Layer difference = (x, c) ->
                x.multiply(2).subtract(x.slice(1, 2, 1)).divide(x.slice(0, 1, 1).exp());
        Layer sums = (x, c) -> x.multiply(x).mean().add(x.abs().sum());
        Layer parts = (x, c) -> Value.concatenate(1, x.slice(1, 3, 2), x, x.slice(1, 0, 3));
        Layer product = (x, c) -> Functions.product(x, x.reshape(Shape.of(5, 3)));
        Layer unchanged = (x, c) -> x;
        Layer eitherSide = (x, c) -> {
            Value row = x.slice(0, 1, 1).reshape(Shape.of(5));
            Value column = x.slice(1, 2, 1);
            Value outer = row.add(column).multiply(row).subtract(x);
            return row.subtract(outer).divide(column.exp()).add(column.reshape(Shape.of(3, 1, 1)));
        };
        Layer sameElements = (x, c) -> x.reshape(Shape.of(1, 3, 5)).add(x).add(x);
        Layer axes = (x, c) -> x.sum(1, 3)
                .multiply(x)
                .add(x.mean(0).square())
                .subtract(x.mean(0, 2).negate());
        Layer extremes = (x, c) -> {
            Value row = x.slice(0, 1, 1);
            return x.maximum(row.negate())
                    .add(row.minimum(x.square()))
                    .add(x.slice(1, 0, 1).maximum(row));
        };
        Layer power = (x, c) -> x.power(x.slice(1, 1, 1)).add(x.slice(0, 1, 1).power(-1.5));
        Layer negativePower = (x, c) -> x.power(3).add(x.power(-2)).add(x.power(0));
        Layer greatest = (x, c) -> x.max(2, 3).multiply(x).add(x.max(1)).subtract(x.max());
        Layer permuted = (x, c) ->
                x.permute(2, 0, 3, 1).multiply(x.permute(2, 0, 3, 1).exp()).transpose();
        Layer products = (x, c) -> x.product(x.sigmoid().transpose()).tanh().product(x.exp());
        Window window = new Window(3, 2, 2, 1, 1, 0, 2, 1);
        Layer unfolded = (x, c) -> x.unfold(window).multiply(x.exp().unfold(window));
        return Stream.of(
                new Case("greatest elements over axes", greatest, MAPS),
                new Case("permutation and transpose", permuted, MAPS),
                new Case("batched products", products, Shape.of(2, 3, 4)),
                new Case("products of a batch of batches", products, MAPS),
                new Case("unfolding", unfolded, MAPS),
                new Case("maximum and minimum", extremes, ROWS),
                new Case("power", power, ROWS, Math::exp),
                new Case("power with integer exponents", negativePower, ROWS),
                new Case("clip", (x, c) -> x.clip(-0.8, 0.7), MAPS),
                new Case("clip on one side", (x, c) -> x.clip(0.1, Double.POSITIVE_INFINITY), ROWS),
                new Case(
                        "sign, error function and GELU",
                        (x, c) -> x.sign().add(x.erf()).multiply(x.gelu()),
                        ROWS),
                new Case("a value used several times", twice, ROWS),
                new Case("broadcast difference and quotient", difference, ROWS),
                new Case("mean and sum", sums, ROWS),
                new Case("slices and concatenation", parts, ROWS),
                new Case("broadcast of either side", eitherSide, ROWS),
                new Case("sum of ranks 2 and 3", sameElements, ROWS),
                new Case("sums and means over axes", axes, MAPS),
                new Case("matrix product", product, ROWS),
                new Case("the input itself", unchanged, ROWS),
                new Case(
                        "sigmoid, square root and logarithm",
                        (x, c) -> x.sigmoid().sqrt().log(),
                        MAPS));
    }

    private static Layer normalization(Neighbourhood neighbourhood, int groups) {
        return new LocalResponseNormalization(new ResponseNormalization(neighbourhood, 3, 0.5, 0.75, 2, groups));
    }

    private static Layer separable() {
        return Network.builder()
                .add("depthwise", Convolution.depthwise(3).padding(1))
                .add("relu", Activation.relu())
                .add("pointwise", Convolution.pointwise(5))
                .build();
    }

    private static Layer locallyConnectedWithTanh() {
        return Network.builder()
                .add("local", LocallyConnected.of(3, 3).stride(2).padding(1).bias(Initializer.gaussian(0.5)))
                .add("tanh", Activation.tanh())
                .build();
    }

    private static Layer smallNet() {
        return Network.builder()
                .add("conv1", Convolution.of(4, 3).padding(1))
                .add("relu1", Activation.relu())
                .add("norm1", LocalResponseNormalization.paper())
                .add("pool1", Pooling.max(3).stride(2))
                .add("conv2", Convolution.of(6, 3).padding(1).groups(2))
                .add("relu2", Activation.relu())
                .add("flatten", new Flatten())
                .add("drop", Dropout.of(0.5))
                .add("fc", Linear.of(3))
                .build();
    }

    @ParameterizedTest
    @MethodSource({"layers", "activations", "operations"})
    void gradientsAreThoseOfFiniteDifferences(Case c) {
        GradientCheck.of(c.layer(), c.input()).inputs(c.inputs()).check();
    }

    @ParameterizedTest
    @MethodSource({"layers", "activations", "operations"})
    void contractHolds(Case c) {
        LayerContract.of(c.layer(), c.input()).inputs(c.inputs()).check(reference);
    }
}

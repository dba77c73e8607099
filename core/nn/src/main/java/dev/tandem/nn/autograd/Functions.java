package dev.tandem.nn.autograd;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.op.BinaryFunction;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.Convolutions;
import dev.tandem.spi.op.Convolutions.WeightGradients;
import dev.tandem.spi.op.Elementwise;
import dev.tandem.spi.op.Matrices;
import dev.tandem.spi.op.Normalizations;
import dev.tandem.spi.op.Pooling;
import dev.tandem.spi.op.RandomKey;
import dev.tandem.spi.op.Reductions.CrossEntropy;
import dev.tandem.spi.op.ResponseNormalization;
import dev.tandem.spi.op.Slice;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import org.jspecify.annotations.Nullable;

/** The differentiable operations that layers are made of. */
public final class Functions {
    private static final WeightGradients FROZEN = new WeightGradients(null, null);

    private Functions() {}

    /**
     * {@code f(x * w + bias)} for {@code x (N, C, H, W)}, {@code w (K, C/groups, kh, kw)}, {@code bias (K)} or null;
     * the activation is part of the operation, so that a backend can fuse it.
     */
    public static Value convolution(Value x, Value w, @Nullable Value bias, ConvolutionSpec spec, UnaryFunction f) {
        Device device = x.tensor().device();
        Tensor y = device.convolutions().forward(x.tensor(), w.tensor(), tensor(bias), spec, f);
        ActivationGradient activation = new ActivationGradient(f, y);
        Value value = Value.of(
                y,
                dy -> {
                    Tensor dz = activation.before(dy);
                    Tensor dx =
                            x.isOnTape() ? device.convolutions().backwardData(dz, w.tensor(), spec, x.shape()) : null;
                    WeightGradients dw = isOnTape(w) || isOnTape(bias)
                            ? device.convolutions().backwardWeights(x.tensor(), dz, spec, w.shape(), isOnTape(bias))
                            : FROZEN;
                    return gradients(dx, dw, w, bias);
                },
                operands(x, w, bias));
        return value.endingWith(activation);
    }

    /**
     * The locally connected layer, {@code f} included, of {@code x (N, C, H, W)}, {@code w (K, H' W', C kh kw)} and
     * {@code bias (K, H', W')} or null: {@code (N, K, H', W')}.
     */
    public static Value locallyConnected(Value x, Value w, @Nullable Value bias, Window window, UnaryFunction f) {
        Convolutions convolutions = x.tensor().device().convolutions();
        Tensor y = convolutions.locallyConnected(x.tensor(), w.tensor(), tensor(bias), window, f);
        ActivationGradient activation = new ActivationGradient(f, y);
        Value value = Value.of(
                y,
                dy -> {
                    Tensor dz = activation.before(dy);
                    Tensor dx = x.isOnTape()
                            ? convolutions.locallyConnectedBackwardData(dz, w.tensor(), window, x.shape())
                            : null;
                    WeightGradients dw = isOnTape(w) || isOnTape(bias)
                            ? convolutions.locallyConnectedBackwardWeights(x.tensor(), dz, window, isOnTape(bias))
                            : FROZEN;
                    return gradients(dx, dw, w, bias);
                },
                operands(x, w, bias));
        return value.endingWith(activation);
    }

    /** {@code f(x w^T + bias)} for {@code x (N, in)}, {@code w (out, in)}, {@code bias (out)} or null. */
    public static Value linear(Value x, Value w, @Nullable Value bias, UnaryFunction f) {
        Device device = x.tensor().device();
        Tensor y = device.matrices().linear(x.tensor(), w.tensor(), tensor(bias), f);
        ActivationGradient activation = new ActivationGradient(f, y);
        Value value = Value.of(
                y,
                dy -> {
                    Tensor dz = activation.before(dy);
                    Tensor dx = x.isOnTape() ? device.matrices().linearBackwardData(dz, w.tensor()) : null;
                    return gradients(dx, linearWeights(x, dz, w, bias), w, bias);
                },
                operands(x, w, bias));
        return value.endingWith(activation);
    }

    private static WeightGradients linearWeights(Value x, Tensor dz, Value w, @Nullable Value bias) {
        Device device = dz.device();
        if (w.keepsGradientFactors()) {
            // The tape gives dz back to the device's memory.
            w.addGradientFactors(x.tensor(), device.memory().copyOf(dz));
            return new WeightGradients(null, isOnTape(bias) ? rowSum(dz) : null);
        }
        return isOnTape(w) || isOnTape(bias)
                ? device.matrices().linearBackwardWeights(x.tensor(), dz, isOnTape(bias))
                : FROZEN;
    }

    private static Tensor rowSum(Tensor dz) {
        Device device = dz.device();
        int features = dz.shape().dim(1);
        return device.memory().reshape(device.reductions().sumTo(dz, Shape.of(1, features)), Shape.of(features));
    }

    /** A copy of {@code x} on {@code device}, whose gradient is copied back. On the same device, {@code x} itself. */
    public static Value transfer(Value x, Device device) {
        Device home = x.tensor().device();
        return home == device
                ? x
                : Value.of(
                        device.memory().copyOf(x.tensor()),
                        dy -> new Tensor[] {home.memory().copyOf(dy)},
                        x);
    }

    /** Returns {@code x}, and runs {@code onGradient} once its gradient is complete, before that flows further back. */
    public static Value onGradient(Value x, Runnable onGradient) {
        return Value.of(
                x.tensor(),
                dy -> {
                    onGradient.run();
                    return new Tensor[] {dy};
                },
                x);
    }

    private static Tensor tensor(Value optional) {
        return optional == null ? null : optional.tensor();
    }

    private static Value[] operands(Value x, Value w, Value bias) {
        return bias == null ? new Value[] {x, w} : new Value[] {x, w, bias};
    }

    private static boolean isOnTape(Value optional) {
        return optional != null && optional.isOnTape();
    }

    private static Tensor[] gradients(Tensor dx, WeightGradients computed, Value w, Value bias) {
        Tensor dw = w.isOnTape() ? computed.weights() : null;
        return bias == null ? new Tensor[] {dx, dw} : new Tensor[] {dx, dw, computed.bias()};
    }

    /**
     * The product of matrices {@code (..., rows, inner)} and {@code (..., inner, columns)}: two of them, or one pair for
     * each position along the axes before, which agree.
     */
    public static Value product(Value a, Value b) {
        int rank = a.shape().rank();
        if (rank == 2) {
            return matrixProduct(a, b);
        }
        boolean fits = rank > 2 && b.shape().rank() == rank;
        for (int axis = 0; fits && axis < rank - 2; axis++) {
            fits = a.dim(axis) == b.dim(axis);
        }
        if (!fits) {
            throw TandemException.argument(
                    "product",
                    "no matrices, or batches of them that differ",
                    a.shape() + " and " + b.shape(),
                    "(..., rows, inner) and (..., inner, columns)",
                    "Reshape an operand");
        }
        Value product = batchedProduct(matrices(a), matrices(b));
        return product.reshape(a.shape().with(rank - 1, b.dim(rank - 1)));
    }

    private static Value matrices(Value x) {
        int rank = x.shape().rank();
        int matrix = Math.multiplyExact(x.dim(rank - 2), x.dim(rank - 1));
        return rank == 3 ? x : x.reshape(Shape.of(x.shape().arrayLength() / matrix, x.dim(rank - 2), x.dim(rank - 1)));
    }

    private static Value matrixProduct(Value a, Value b) {
        Matrices matrices = a.tensor().device().matrices();
        return Value.of(
                matrices.product(a.tensor(), false, b.tensor(), false),
                dy -> new Tensor[] {
                    a.isOnTape() ? matrices.product(dy, false, b.tensor(), true) : null,
                    b.isOnTape() ? matrices.product(a.tensor(), true, dy, false) : null
                },
                a,
                b);
    }

    private static Value batchedProduct(Value a, Value b) {
        Matrices matrices = a.tensor().device().matrices();
        return Value.of(
                matrices.batchedProduct(a.tensor(), false, b.tensor(), false),
                dy -> new Tensor[] {
                    a.isOnTape() ? matrices.batchedProduct(dy, false, b.tensor(), true) : null,
                    b.isOnTape() ? matrices.batchedProduct(a.tensor(), true, dy, false) : null
                },
                a,
                b);
    }

    /** The windows over {@code (N, C, H, W)} as columns: {@link Value#unfold}. */
    public static Value unfold(Value x, Window window) {
        Device device = x.tensor().device();
        Tensor y = device.convolutions().unfold(x.tensor(), window);
        Value columns = Value.of(y, dy -> new Tensor[] {device.convolutions().fold(dy, window, x.shape())}, x);
        Shape shape = y.shape();
        return columns.reshape(Shape.of(shape.dim(0), shape.dim(1), shape.dim(2) * shape.dim(3)));
    }

    /** The greatest element of each window of {@code (N, C, H, W)}. */
    public static Value maxPooling(Value x, Window window) {
        Pooling pooling = x.tensor().device().pooling();
        Tensor y = x.isOnTape() ? pooling.maxForGradient(x.tensor(), window) : pooling.max(x.tensor(), window);
        return Value.of(y, dy -> new Tensor[] {pooling.maxBackward(x.tensor(), y, dy, window, x.takeActivation())}, x);
    }

    /** The mean of the elements in the map of each window of {@code (N, C, H, W)}. */
    public static Value averagePooling(Value x, Window window) {
        Device device = x.tensor().device();
        return Value.of(
                device.pooling().average(x.tensor(), window),
                dy -> new Tensor[] {device.pooling().averageBackward(dy, window, x.shape())},
                x);
    }

    /** Local response normalization of {@code (N, C, H, W)}. */
    public static Value responseNormalization(Value x, ResponseNormalization spec) {
        Normalizations normalizations = x.tensor().device().normalizations();
        Tensor y = normalizations.responseNormalization(x.tensor(), spec);
        return Value.of(
                y,
                dy -> new Tensor[] {
                    normalizations.responseNormalizationBackward(x.tensor(), y, dy, spec, x.takeActivation())
                },
                x);
    }

    /**
     * {@code (x - mean) / sqrt(variance + epsilon)}, mean and variance being those of the elements along {@code axes}, at
     * each place along the others; the variance is the mean of the squares.
     */
    public static Value standardization(Value x, double epsilon, int... axes) {
        Elementwise elementwise = x.tensor().device().elementwise();
        Shape reduced = Axes.collapsed("standardization", x, axes);
        Tensor y = elementwise.binary(BinaryFunction.SUBTRACT, x.tensor(), mean(x.tensor(), reduced, 0));
        Tensor deviation;
        try (Tensor squares = elementwise.binary(BinaryFunction.MULTIPLY, y, y)) {
            deviation = elementwise.unaryInPlace(UnaryFunction.SQRT, mean(squares, reduced, epsilon));
        }
        elementwise.binaryInPlace(BinaryFunction.DIVIDE, y, deviation);
        // dx = (dy - mean(dy) - y mean(y dy)) / deviation
        return Value.of(
                y,
                dy -> {
                    Tensor along;
                    try (Tensor product = elementwise.binary(BinaryFunction.MULTIPLY, y, dy)) {
                        along = elementwise.binary(BinaryFunction.MULTIPLY, y, mean(product, reduced, 0));
                    }
                    elementwise.binaryInPlace(BinaryFunction.SUBTRACT, dy, mean(dy, reduced, 0));
                    elementwise.binaryInPlace(BinaryFunction.SUBTRACT, dy, along);
                    along.close();
                    return new Tensor[] {elementwise.binaryInPlace(BinaryFunction.DIVIDE, dy, deviation)};
                },
                x);
    }

    /** {@code mean(x) + shift}, the mean being over the axes along which {@code shape} has extent 1. */
    private static Tensor mean(Tensor x, Shape shape, double shift) {
        Tensor sum = x.device().reductions().sumTo(x, shape);
        double share = (double) shape.elements() / x.shape().elements();
        return x.device().elementwise().affineInPlace(sum, share, shift);
    }

    /** {@code x} times a mask whose elements are {@code value} with probability {@code keep} and otherwise 0. */
    public static Value dropout(Value x, RandomKey key, Slice slice, double keep, double value) {
        return x.multiply(Value.constant(x.tensor().device().random().bernoulli(key, slice, keep, value)));
    }

    /** Softmax over the rows of {@code (N, classes)}. */
    public static Value softmax(Value x) {
        Device device = x.tensor().device();
        Tensor y = device.reductions().softmax(x.tensor());
        return Value.of(y, dy -> new Tensor[] {device.reductions().softmaxBackward(y, dy)}, x);
    }

    /** {@code -log softmax(logits)[label]} of each row of {@code (N, classes)}: {@code (N)}. */
    public static Value crossEntropy(Value logits, Tensor labels) {
        Device device = logits.tensor().device();
        CrossEntropy forward = device.reductions().crossEntropy(logits.tensor(), labels);
        return Value.of(
                forward.losses(),
                dy -> new Tensor[] {device.reductions().crossEntropyBackward(forward.probabilities(), labels, dy)},
                logits);
    }
}

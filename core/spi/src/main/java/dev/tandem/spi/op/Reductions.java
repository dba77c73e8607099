package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;

/** Sums, softmax and cross-entropy, and their gradients. */
public final class Reductions {
    private final Device device;

    /** For {@link Device}. */
    public Reductions(Device device) {
        this.device = device;
    }

    /** The sum over every axis along which {@code shape} has extent 1; ranks agree and the other extents are equal. */
    public Tensor sumTo(Tensor x, Shape shape) {
        requireReduced("sum", x, shape);
        Tensor out = device.allocate(shape, x.type());
        device.kernels().reductions().sum(x, out);
        return out;
    }

    /** The greatest element over every axis along which {@code shape} has extent 1; shapes are as in {@link #sumTo}. */
    public Tensor maxTo(Tensor x, Shape shape) {
        requireReduced("max", x, shape);
        Tensor out = device.allocate(shape, x.type());
        device.kernels().reductions().max(x, out);
        return out;
    }

    private void requireReduced(String operation, Tensor x, Shape shape) {
        Checks.floating(device, operation, x);
        boolean fits = x.shape().rank() == shape.rank();
        for (int axis = 0; fits && axis < shape.rank(); axis++) {
            fits = shape.dim(axis) == x.shape().dim(axis) || shape.dim(axis) == 1;
        }
        if (!fits) {
            throw TandemException.argument(
                    operation, "cannot reduce " + x.shape(), shape, "the same extents, or 1 along reduced axes", "");
        }
    }

    /** The sum of all elements, as a scalar. */
    public Tensor sum(Tensor x) {
        int[] ones = new int[x.shape().rank()];
        java.util.Arrays.fill(ones, 1);
        return device.memory().reshape(sumTo(x, Shape.of(ones)), Shape.scalar());
    }

    /** Softmax over the rows of {@code (N, classes)}. */
    public Tensor softmax(Tensor x) {
        Checks.floating(device, "softmax", x);
        Checks.rank("softmax", x, 2, "(N, classes)");
        Tensor y = device.allocate(x.shape(), x.type());
        device.kernels().reductions().softmax(x, y);
        return y;
    }

    /** The gradient with respect to softmax's input, from its output. */
    public Tensor softmaxBackward(Tensor y, Tensor dy) {
        Checks.floating(device, "softmax backward", y, dy);
        Checks.rank("softmax backward", y, 2, "(N, classes)");
        Checks.sameShape("softmax backward", dy, y.shape());
        Tensor dx = device.allocate(y.shape(), y.type());
        device.kernels().reductions().softmaxBackward(y, dy, dx);
        return dx;
    }

    /**
     * What the forward pass of cross-entropy leaves: the softmax {@code (N, classes)} and the loss of each sample
     * {@code (N)}.
     */
    public record CrossEntropy(Tensor probabilities, Tensor losses) {}

    /** {@code -log softmax(logits)[label]} for each row of {@code (N, classes)}; labels are 0 to classes - 1. */
    public CrossEntropy crossEntropy(Tensor logits, Tensor labels) {
        Checks.floating(device, "cross-entropy", logits);
        Checks.rank("cross-entropy", logits, 2, "(N, classes)");
        Checks.labels(device, "cross-entropy", labels, logits.shape().dim(0));
        Checks.labelRange("cross-entropy", labels, logits.shape().dim(1));
        Tensor probabilities = device.allocate(logits.shape(), logits.type());
        Tensor losses = device.allocate(Shape.of(logits.shape().dim(0)), logits.type());
        device.kernels().reductions().crossEntropy(logits, labels, probabilities, losses);
        return new CrossEntropy(probabilities, losses);
    }

    /** The gradient with respect to the logits, given the gradient with respect to each sample's loss {@code (N)}. */
    public Tensor crossEntropyBackward(Tensor probabilities, Tensor labels, Tensor dlosses) {
        Checks.floating(device, "cross-entropy backward", probabilities, dlosses);
        Checks.rank("cross-entropy backward", probabilities, 2, "(N, classes)");
        Checks.labels(
                device, "cross-entropy backward", labels, probabilities.shape().dim(0));
        Checks.labelRange(
                "cross-entropy backward", labels, probabilities.shape().dim(1));
        Checks.sameShape(
                "cross-entropy backward",
                dlosses,
                Shape.of(probabilities.shape().dim(0)));
        Tensor dlogits = device.allocate(probabilities.shape(), probabilities.type());
        device.kernels().reductions().crossEntropyBackward(probabilities, labels, dlosses, dlogits);
        return dlogits;
    }
}

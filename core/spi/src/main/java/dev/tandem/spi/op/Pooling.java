package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;

/** Max and average pooling of {@code (N, C, H, W)}, and their gradients. Padding never counts. */
public final class Pooling {
    private final Device device;

    /** For {@link Device}. */
    public Pooling(Device device) {
        this.device = device;
    }

    /** The greatest element of each window. */
    public Tensor max(Tensor x, Window window) {
        Tensor y = output("max pooling", x, window);
        device.kernels().pooling().max(x, window, y);
        return y;
    }

    /** As {@link #max}; {@link #maxBackward} is to follow, and may cost less than after {@link #max}. */
    public Tensor maxForGradient(Tensor x, Window window) {
        Tensor y = output("max pooling", x, window);
        device.kernels().pooling().maxForGradient(x, window, y);
        return y;
    }

    /** The gradient with respect to max pooling's input {@code x}, given its output {@code y}. */
    public Tensor maxBackward(Tensor x, Tensor y, Tensor dy, Window window) {
        return maxBackward(x, y, dy, window, UnaryFunction.IDENTITY);
    }

    /**
     * The gradient with respect to what {@code before} made max pooling's input {@code x} of.
     *
     * @param before a function with {@link UnaryFunction#gradientFromOutput}
     */
    public Tensor maxBackward(Tensor x, Tensor y, Tensor dy, Window window, UnaryFunction before) {
        Checks.floating(device, "max pooling backward", x, y, dy);
        Checks.sameShape("max pooling backward", dy, y.shape());
        Checks.sameShape(
                "max pooling backward", y, window.output(x.shape(), x.shape().dim(1)));
        Tensor dx = device.allocate(x.shape(), x.type());
        if (before == UnaryFunction.IDENTITY) {
            device.kernels().pooling().maxBackward(x, y, dy, window, dx);
        } else {
            device.kernels().pooling().maxAndActivationBackward(x, y, dy, window, before, dx);
        }
        return dx;
    }

    /** The mean over the real elements of each window. */
    public Tensor average(Tensor x, Window window) {
        Tensor y = output("average pooling", x, window);
        device.kernels().pooling().average(x, window, y);
        return y;
    }

    /** The gradient with respect to average pooling's input of shape {@code input}. */
    public Tensor averageBackward(Tensor dy, Window window, Shape input) {
        Checks.floating(device, "average pooling backward", dy);
        Checks.sameShape("average pooling backward", dy, window.output(input, input.dim(1)));
        Tensor dx = device.allocate(input, dy.type());
        device.kernels().pooling().averageBackward(dy, window, dx);
        return dx;
    }

    private Tensor output(String operation, Tensor x, Window window) {
        Checks.floating(device, operation, x);
        Checks.rank(operation, x, 4, "(N, C, H, W)");
        return device.allocate(window.output(x.shape(), x.shape().dim(1)), x.type());
    }
}

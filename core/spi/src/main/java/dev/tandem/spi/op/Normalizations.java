package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.kernel.NormalizationKernels;
import java.util.stream.IntStream;

/**
 * Local response normalization (paper, section 3.3) and its gradient, and the parts of batch normalization: the moments
 * of the channels of {@code (N, C, ...)}, and a function of each channel.
 */
public final class Normalizations {
    private final Device device;

    /** For {@link Device}. */
    public Normalizations(Device device) {
        this.device = device;
    }

    /** {@code x / (k + alpha * sum x'^2)^beta} for {@code (N, C, H, W)}. */
    public Tensor responseNormalization(Tensor x, ResponseNormalization spec) {
        Checks.floating(device, "response normalization", x);
        Checks.rank("response normalization", x, 4, "(N, C, H, W)");
        if (x.shape().dim(1) % spec.groups() != 0) {
            throw TandemException.argument(
                    "response normalization",
                    "channels do not divide into groups",
                    x.shape().dim(1),
                    "a multiple of " + spec.groups(),
                    "Use 1 group to normalize over all channels");
        }
        Tensor y = device.allocate(x.shape(), x.type());
        device.kernels().normalizations().responseNormalization(x, spec, y);
        return y;
    }

    /** The gradient with respect to {@code x}, given the output {@code y}. */
    public Tensor responseNormalizationBackward(Tensor x, Tensor y, Tensor dy, ResponseNormalization spec) {
        return responseNormalizationBackward(x, y, dy, spec, UnaryFunction.IDENTITY);
    }

    /**
     * The gradient with respect to what {@code before} made {@code x} of.
     *
     * @param before a function with {@link UnaryFunction#gradientFromOutput}
     */
    public Tensor responseNormalizationBackward(
            Tensor x, Tensor y, Tensor dy, ResponseNormalization spec, UnaryFunction before) {
        Checks.floating(device, "response normalization backward", x, y, dy);
        Checks.sameShape("response normalization backward", y, x.shape());
        Checks.sameShape("response normalization backward", dy, x.shape());
        Tensor dx = device.allocate(x.shape(), x.type());
        NormalizationKernels kernels = device.kernels().normalizations();
        if (before == UnaryFunction.IDENTITY) {
            kernels.responseNormalizationBackward(x, y, dy, spec, dx);
        } else {
            kernels.responseNormalizationAndActivationBackward(x, y, dy, spec, before, dx);
        }
        return dx;
    }

    /**
     * Of each channel of {@code (N, C, ...)} the mean, and the sum of squared distances from it:
     * {@code (2, C, 1, ...)}.
     */
    public Tensor channelMoments(Tensor x) {
        Checks.floating(device, "channel moments", x);
        Tensor moments = device.allocate(channels("channel moments", x.shape(), 2), x.type());
        device.kernels().normalizations().channelMoments(x, moments);
        return moments;
    }

    /** The gradient of {@link #channelMoments} with respect to {@code x}. */
    public Tensor channelMomentsBackward(Tensor x, Tensor moments, Tensor dmoments) {
        Checks.floating(device, "channel moments backward", x, moments, dmoments);
        Shape shape = channels("channel moments backward", x.shape(), 2);
        Checks.sameShape("channel moments backward", moments, shape);
        Checks.sameShape("channel moments backward", dmoments, shape);
        Tensor dx = device.allocate(x.shape(), x.type());
        device.kernels().normalizations().channelMomentsBackward(x, moments, dmoments, dx);
        return dx;
    }

    /**
     * {@code (x - mean) scale + bias} for {@code (N, C, ...)}; {@code coefficients (3, C, 1, ...)} are mean, scale and
     * bias of each channel.
     */
    public Tensor channelAffine(Tensor x, Tensor coefficients) {
        Checks.floating(device, "channel affine", x, coefficients);
        Checks.sameShape("channel affine", coefficients, channels("channel affine", x.shape(), 3));
        Tensor y = device.allocate(x.shape(), x.type());
        device.kernels().normalizations().channelAffine(x, coefficients, y);
        return y;
    }

    /**
     * The gradient of {@link #channelAffine} with respect to the coefficients; {@code dy} becomes the gradient with
     * respect to {@code x}.
     */
    public Tensor channelAffineBackwardInPlace(Tensor x, Tensor coefficients, Tensor dy) {
        Checks.floating(device, "channel affine backward", x, coefficients, dy);
        Checks.sameShape("channel affine backward", coefficients, channels("channel affine", x.shape(), 3));
        Checks.sameShape("channel affine backward", dy, x.shape());
        Tensor dcoefficients = device.allocate(coefficients.shape(), x.type());
        device.kernels().normalizations().channelAffineBackward(x, coefficients, dy, dcoefficients);
        return dcoefficients;
    }

    /** {@code (count, C, 1, ...)} for {@code (N, C, ...)}. */
    private static Shape channels(String operation, Shape x, int count) {
        if (x.rank() < 2) {
            throw TandemException.argument(operation, "no channels", x, "(N, C, ...)", "");
        }
        int[] others = IntStream.range(2, x.rank()).toArray();
        return x.collapsed(others).with(0, count);
    }
}

package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;

/** Local response normalization (paper, section 3.3) and its gradient. */
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
        Checks.floating(device, "response normalization backward", x, y, dy);
        Checks.sameShape("response normalization backward", y, x.shape());
        Checks.sameShape("response normalization backward", dy, x.shape());
        Tensor dx = device.allocate(x.shape(), x.type());
        device.kernels().normalizations().responseNormalizationBackward(x, y, dy, spec, dx);
        return dx;
    }
}

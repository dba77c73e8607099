package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.Tensor;

/** The optimizer's pass over a parameter. */
public final class Updates {
    private final Device device;

    /** For {@link Device}. */
    public Updates(Device device) {
        this.device = device;
    }

    /**
     * One step of momentum SGD, in place on the parameter {@code w} and its velocity {@code v}; {@code g} is the
     * gradient.
     */
    public void sgd(Tensor w, Tensor v, Tensor g, SgdStep step) {
        Checks.floating(device, "sgd", w, v, g);
        Checks.sameShape("sgd velocity", v, w.shape());
        Checks.sameShape("sgd gradient", g, w.shape());
        device.kernels().updates().sgd(w, v, g, step);
    }
}

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

    /**
     * One step of Adam, in place on the parameter {@code w} and its first and second moments {@code m} and {@code v};
     * {@code g} is the gradient.
     */
    public void adam(Tensor w, Tensor m, Tensor v, Tensor g, AdamStep step) {
        Checks.floating(device, "adam", w, m, v, g);
        Checks.sameShape("adam first moment", m, w.shape());
        Checks.sameShape("adam second moment", v, w.shape());
        Checks.sameShape("adam gradient", g, w.shape());
        device.kernels().updates().adam(w, m, v, g, step);
    }
}

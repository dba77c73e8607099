package dev.tandem.spi.op;

import dev.tandem.spi.Device;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.Tensor;

/** Counter-based random tensors: the same key gives the same numbers on every backend. */
public final class Random {
    private final Device device;

    /** For {@link Device}. */
    public Random(Device device) {
        this.device = device;
    }

    /** A mask of the slice's shape: {@code value} with probability {@code keep} (0 to 1), 0 elsewhere. */
    public Tensor bernoulli(RandomKey key, Slice slice, double keep, double value) {
        if (!(keep >= 0 && keep <= 1)) {
            throw TandemException.argument("bernoulli", "not a probability", keep, "0 to 1", "");
        }
        Tensor out = device.allocate(slice.shape());
        device.kernels().random().bernoulli(key, slice, keep, value, out);
        return out;
    }
}

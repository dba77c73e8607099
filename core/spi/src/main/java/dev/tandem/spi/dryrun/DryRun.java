package dev.tandem.spi.dryrun;

import dev.tandem.spi.DataType;
import dev.tandem.spi.Device;
import dev.tandem.spi.DeviceId;

/**
 * A device whose kernels compute nothing and only count. A model that runs on it has had every shape checked, and its
 * cost is known before anything is allocated. Reads give zeros.
 */
public final class DryRun {
    private final CountingKernels kernels;
    private final Device device;

    /** A counting device of its own. */
    public DryRun() {
        this(new DeviceId("dry-run", 0));
    }

    /** A counting device called {@code id}, for several that run together. */
    public DryRun(DeviceId id) {
        this(id, false);
    }

    /**
     * As {@link #DryRun(DeviceId)}.
     *
     * @param copiesAhead whether inputs can be copied to the device while it computes; see
     *     {@link dev.tandem.spi.op.Memory#input}
     */
    public DryRun(DeviceId id, boolean copiesAhead) {
        kernels = new CountingKernels(copiesAhead);
        device = new Device(id, "counts only", DataType.F32, kernels);
    }

    /** The counting device. */
    public Device device() {
        return device;
    }

    /** Multiply-adds of all convolutions and matrix products so far. */
    public long multiplyAdds() {
        return kernels.multiplyAdds;
    }

    /** The most bytes that open tensors have held at once; a backend's own workspaces come on top. */
    public long peakBytes() {
        return kernels.peakBytes;
    }
}

package dev.tandem.backend.cuda.driver;

import jcuda.driver.CUdeviceptr;

/** An address in device memory, as a number: JCuda keeps its own to itself. */
public final class DevicePointer extends CUdeviceptr {
    /** For the driver to fill in. */
    public DevicePointer() {}

    public DevicePointer(long address) {
        super(new CUdeviceptr(), address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}

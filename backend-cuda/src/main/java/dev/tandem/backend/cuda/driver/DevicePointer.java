package dev.tandem.backend.cuda.driver;

import jcuda.driver.CUdeviceptr;

/** An address in device memory that can be read as a number, which JCuda's own class does not allow. */
public final class DevicePointer extends CUdeviceptr {
    /** For the driver to fill in. */
    DevicePointer() {}

    /** A pointer to {@code address}; 0 is the null pointer. */
    public DevicePointer(long address) {
        super(new CUdeviceptr(), address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}

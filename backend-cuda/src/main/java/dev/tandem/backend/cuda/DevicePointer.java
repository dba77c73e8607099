package dev.tandem.backend.cuda;

import jcuda.driver.CUdeviceptr;

/** An address in device memory, as a number: JCuda keeps its own to itself. */
final class DevicePointer extends CUdeviceptr {
    /** For the driver to fill in. */
    DevicePointer() {}

    DevicePointer(long address) {
        super(new CUdeviceptr(), address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}

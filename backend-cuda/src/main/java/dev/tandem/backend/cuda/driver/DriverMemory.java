package dev.tandem.backend.cuda.driver;

import static dev.tandem.backend.cuda.driver.Driver.check;

import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * The driver's memory for a device. Calls to the driver go through the device's thread, in the order of all its work.
 */
public record DriverMemory(DeviceThread thread) implements Arena.Source {
    @Override
    public long take(long bytes) {
        return thread.call("allocate", () -> {
            DevicePointer pointer = new DevicePointer();
            int status = JCudaDriver.cuMemAlloc(pointer, bytes);
            if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
                return 0L;
            }
            check("cuMemAlloc", status);
            return pointer.address();
        });
    }

    @Override
    public void giveBack(long address) {
        // The driver waits for the kernels that may still use it.
        thread.submitAlways(() -> check("cuMemFree", JCudaDriver.cuMemFree(new DevicePointer(address))));
    }

    @Override
    public long available() {
        return thread.call("memory use", () -> {
            long[] free = new long[1];
            long[] total = new long[1];
            check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
            return free[0];
        });
    }
}

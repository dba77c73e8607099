package dev.tandem.backend.cuda.driver;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** The CUDA driver of this machine: loading it, listing its devices, and turning its error codes into exceptions. */
public final class Driver {
    private static boolean initialized;

    private Driver() {}

    /**
     * A device as the driver describes it.
     *
     * @param ordinal the driver's number for it
     * @param bytes its memory
     * @param major the compute capability's major number
     * @param minor the compute capability's minor number
     */
    public record Properties(int ordinal, String name, long bytes, int major, int minor, int multiprocessors) {
        /** The compute capability times ten. */
        public int capability() {
            return major * 10 + minor;
        }

        /** The kind of card: whatever kernels and their speed depend on. */
        public String card() {
            return name + ", " + multiprocessors + " multiprocessors";
        }

        @Override
        public String toString() {
            return name + ", " + (bytes >> 20) + " MiB, compute capability " + major + "." + minor;
        }
    }

    /**
     * Loads the driver and JCuda, once.
     *
     * @param library the driver's file, which need not be on the system's library path
     * @throws LinkageError when a native library cannot be loaded
     * @throws DriverException when the driver does not start
     */
    public static synchronized void initialize(Path library) {
        if (initialized) {
            return;
        }
        Natives.load(library);
        // The first use of the class loads the library. Status codes are checked here, not by JCuda.
        Natives.unpack(folder -> JCudaDriver.setExceptionsEnabled(false));
        check("cuInit", JCudaDriver.cuInit(0));
        initialized = true;
    }

    /** The driver's version, such as {@code 12.6}. */
    public static String version() {
        int[] version = new int[1];
        check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
        return version[0] / 1000 + "." + version[0] % 1000 / 10;
    }

    /** The devices, in the driver's order; none if there is no GPU. */
    public static List<Properties> devices() {
        int[] count = new int[1];
        int status = JCudaDriver.cuDeviceGetCount(count);
        if (status == CUresult.CUDA_ERROR_NO_DEVICE) {
            return List.of();
        }
        check("cuDeviceGetCount", status);
        List<Properties> devices = new ArrayList<>();
        for (int ordinal = 0; ordinal < count[0]; ordinal++) {
            CUdevice device = device(ordinal);
            byte[] name = new byte[256];
            check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device));
            long[] bytes = new long[1];
            check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
            devices.add(new Properties(
                    ordinal,
                    new String(name, StandardCharsets.UTF_8).split("\0", 2)[0],
                    bytes[0],
                    attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                    attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                    attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)));
        }
        return devices;
    }

    public static CUdevice device(int ordinal) {
        CUdevice device = new CUdevice();
        check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
        return device;
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    /**
     * Turns a failed status into an exception with the driver's description.
     *
     * @param call the driver's function
     */
    public static void check(String call, int status) {
        if (status != CUresult.CUDA_SUCCESS) {
            String[] name = {"error " + status};
            String[] description = {"not described by the driver"};
            JCudaDriver.cuGetErrorName(status, name);
            JCudaDriver.cuGetErrorString(status, description);
            throw new DriverException(kind(status), call, name[0] + " (" + description[0] + ")");
        }
    }

    /**
     * Fails if a kernel before has left the current context unusable: a library says only that it cannot work then.
     *
     * @param call the library's function
     */
    public static void requireUsableContext(String call) {
        int status = JCudaDriver.cuMemGetInfo(new long[1], new long[1]);
        if (kind(status) == DriverException.Kind.DEVICE_LOST) {
            check(call, status);
        }
    }

    /** What the driver says of the memory of the current context's device. */
    static String memory() {
        long[] free = new long[1];
        long[] total = new long[1];
        check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
        return (free[0] >> 20) + " of " + (total[0] >> 20) + " MiB free";
    }

    private static DriverException.Kind kind(int status) {
        return switch (status) {
            case CUresult.CUDA_ERROR_OUT_OF_MEMORY -> DriverException.Kind.OUT_OF_MEMORY;
            case CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE,
                    CUresult.CUDA_ERROR_ECC_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_NVLINK_UNCORRECTABLE,
                    CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
                    CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
                    CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
                    CUresult.CUDA_ERROR_ASSERT,
                    CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
                    CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
                    CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
                    CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
                    CUresult.CUDA_ERROR_INVALID_PC,
                    CUresult.CUDA_ERROR_LAUNCH_FAILED,
                    CUresult.CUDA_ERROR_MPS_CLIENT_TERMINATED,
                    CUresult.CUDA_ERROR_EXTERNAL_DEVICE,
                    CUresult.CUDA_ERROR_UNKNOWN -> DriverException.Kind.DEVICE_LOST;
            default -> DriverException.Kind.REFUSED;
        };
    }
}

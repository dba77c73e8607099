package dev.tandem.gpucheck;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/** Rates of copies by the driver itself, in the first device's primary context; of each, the best of some. */
final class Copies {
    private static final int TRIES = 8;

    private Copies() {}

    /** Copies of {@code hostBytes} from and to the host, and of {@code deviceBytes} on the device. */
    static void report(Report report, int hostBytes, long deviceBytes) {
        CUdevice device = new CUdevice();
        CUcontext context = new CUcontext();
        CUstream stream = new CUstream();
        Pointer pinned = new Pointer();
        CUdeviceptr from = new CUdeviceptr();
        CUdeviceptr to = new CUdeviceptr();
        check(JCudaDriver.cuDeviceGet(device, 0));
        check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        try {
            check(JCudaDriver.cuCtxSetCurrent(context));
            check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
            check(JCudaDriver.cuMemAllocHost(pinned, hostBytes));
            check(JCudaDriver.cuMemAlloc(from, Math.max(hostBytes, deviceBytes)));
            check(JCudaDriver.cuMemAlloc(to, deviceBytes));
            float[] heap = new float[hostBytes / Float.BYTES];
            ByteBuffer buffer = pinned.getByteBuffer(0, hostBytes).order(ByteOrder.nativeOrder());
            rate(
                    report,
                    "heap to pinned",
                    hostBytes,
                    () -> buffer.asFloatBuffer().put(heap));
            rate(report, "pinned to device", hostBytes, () -> {
                check(JCudaDriver.cuMemcpyHtoDAsync(from, pinned, hostBytes, stream));
                check(JCudaDriver.cuStreamSynchronize(stream));
            });
            rate(report, "device to pinned", hostBytes, () -> {
                check(JCudaDriver.cuMemcpyDtoHAsync(pinned, from, hostBytes, stream));
                check(JCudaDriver.cuStreamSynchronize(stream));
            });
            rate(report, "device to device, read and written", 2 * deviceBytes, () -> {
                check(JCudaDriver.cuMemcpyDtoDAsync(to, from, deviceBytes, stream));
                check(JCudaDriver.cuStreamSynchronize(stream));
            });
            check(JCudaDriver.cuMemFree(from));
            check(JCudaDriver.cuMemFree(to));
            check(JCudaDriver.cuMemFreeHost(pinned));
            check(JCudaDriver.cuStreamDestroy(stream));
        } finally {
            check(JCudaDriver.cuDevicePrimaryCtxRelease(device));
        }
    }

    private static void rate(Report report, String name, long bytes, Runnable copy) {
        double best = Double.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long began = System.nanoTime();
            copy.run();
            best = Math.min(best, (System.nanoTime() - began) / 1e9);
        }
        report.row(
                name,
                Report.text("%.1f GB/s, %.2f ms", bytes / best / 1e9, best * 1e3),
                Map.of("bytes", bytes, "seconds", best));
    }

    private static void check(int status) {
        if (status != CUresult.CUDA_SUCCESS) {
            throw new IllegalStateException("the driver answered " + CUresult.stringFor(status));
        }
    }
}

/**
 * The CUDA backend: NVIDIA GPUs of compute capability 7.5 and above, through JCuda's driver API and kernels of our own
 * ({@code src/main/cuda}). At run time it needs the NVIDIA driver and nothing else; where the machine has cuBLAS or cuDNN,
 * these multiply and convolve.
 *
 * <p>A call of an operation packs the kernel's arguments and returns; the device's one thread hands them to the driver,
 * and the device's one stream runs them, each in the order of the calls. Memory is taken from and given back to an arena
 * in that same order.
 *
 * <p>Operations are timed while somebody watches ({@link dev.tandem.spi.Profile}), which waits after each of them. How
 * long a device is busy is not measured otherwise: its thread hands over work without waiting, and knows no more.
 *
 * <p><b>Verified on the emulated driver only</b> ({@code src/test/cpp}): its logic is tested, its speed and its behaviour
 * on real hardware are not.
 */
package dev.tandem.backend.cuda;

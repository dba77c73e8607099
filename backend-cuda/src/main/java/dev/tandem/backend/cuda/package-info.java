/**
 * The CUDA backend: NVIDIA GPUs of compute capability 7.5 and above, through JCuda's driver API and our own kernels
 * ({@code src/main/cuda}). At run time it needs the NVIDIA driver and nothing else. If the machine has cuBLAS or cuDNN,
 * they compute matrix products or convolutions.
 *
 * <p>This package holds the way in: the provider, the backend and its devices. Nothing outside the module uses the
 * packages below. From the bottom up, each of them uses only those before it:
 *
 * <ul>
 *   <li>{@code driver}: the driver's functions, its memory, and a device's thread and stream;
 *   <li>{@code gpu}: an opened GPU, its kernels, and NVIDIA's libraries on it;
 *   <li>{@code op}: the families of operations.
 * </ul>
 *
 * <p>A call of an operation packs the kernel's arguments and returns. The device's one thread passes them to the
 * driver, and the device's one stream runs them, each in the order of the calls. Memory is allocated and released in an
 * arena in the same order.
 *
 * <p>With {@code tandem.cuda.bf16 = 1}, what layers compute and its gradients lie in memory in bfloat16; at the SPI all
 * tensors are in single precision. The kernel that writes a tensor decides its format. Kernels that know only single
 * precision get converted operands ({@link dev.tandem.backend.cuda.gpu.Kernel}).
 *
 * <p>Operations are timed by the device's clock while a {@link dev.tandem.spi.Profile} records, without waiting for them.
 * Otherwise nothing measures how long a device is busy: its thread passes work on without waiting for it.
 *
 * <p><b>Verified on the emulated driver only</b> ({@code src/test/cpp}): the logic is tested, but neither speed nor
 * behaviour on real hardware is.
 */
package dev.tandem.backend.cuda;

package dev.tandem.backend.cuda.gpu;

import dev.tandem.backend.cuda.driver.Block;
import dev.tandem.backend.cuda.driver.DevicePointer;
import dev.tandem.backend.cuda.driver.Driver;
import dev.tandem.backend.cuda.driver.DriverException;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.backend.cuda.driver.Natives;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import jcuda.JCudaVersion;
import jcuda.LibUtils;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.libraryPropertyType;
import jcuda.runtime.cudaStream_t;

/** cuBLAS on one device: a handle that works in the device's stream. For the device's thread. */
public final class Cublas implements AutoCloseable {
    public static final String NAME = "cuBLAS";

    /** What NVIDIA recommends for Hopper; earlier devices use less of it. */
    static final long WORKSPACE_BYTES = 32 << 20;

    private static final String BOUND = "libcublas.so.12";
    private static final String NEXT = "libcublas.so.13";

    static final Library LIBRARY = new Library(
            NAME, List.of(BOUND, NEXT), "CUDA 12 or 13, or the Python package nvidia-cublas-cu12", Cublas::load);

    private final Handles handles = new Handles();
    private final cublasHandle handle = new cublasHandle();
    private final Pointer one = Pointer.to(new float[] {1});
    private final Pointer zero = Pointer.to(new float[] {0});

    /** Loads the library and returns its version. */
    private static String load(Path library) {
        // It depends on cublasLt, which the system's loader would not find in this folder either.
        Path neighbour = library.resolveSibling(library.getFileName().toString().replace("libcublas", "libcublasLt"));
        if (Files.exists(neighbour)) {
            Natives.load(neighbour);
        }
        Natives.load(library);
        Natives.unpack(folder -> {
            if (library.endsWith(NEXT)) {
                bindNext(folder);
            }
            JCublas2.setExceptionsEnabled(false);
        });
        return property(libraryPropertyType.MAJOR_VERSION) + "." + property(libraryPropertyType.MINOR_VERSION) + "."
                + property(libraryPropertyType.PATCH_LEVEL);
    }

    /**
     * Makes JCuda's binding of cuBLAS 12 bind cuBLAS 13; the functions used here are the same. This writes a changed
     * copy of the binding to where JCuda would unpack it; JCuda does not unpack a file that exists. The copy names 13
     * in its strings and in the hash of the version that its symbols need (ELF's {@code vna_hash}). Both names have the
     * same length, so no offset changes.
     */
    private static void bindNext(Path folder) {
        // As JCublas2 calls it.
        String binding =
                LibUtils.createLibraryFileName(LibUtils.createPlatformLibraryName("JCublas2-" + JCudaVersion.get()));
        try (InputStream in = JCublas2.class.getResourceAsStream("/lib/" + binding)) {
            if (in == null) {
                throw new IllegalStateException("jcublas-natives has no " + binding + ": it is not of jcuda's version");
            }
            byte[] image = in.readAllBytes();
            replace(image, name(BOUND), name(NEXT));
            replace(image, hash(BOUND), hash(NEXT));
            Files.write(folder.resolve(binding), image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] name(String library) {
        return (library + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    /** The System V ABI's hash of a name, with the bytes in the file's order. */
    private static byte[] hash(String library) {
        int hash = 0;
        for (byte character : library.getBytes(StandardCharsets.US_ASCII)) {
            hash = (hash << 4) + character;
            int high = hash & 0xf0000000;
            hash = (hash ^ high >>> 24) & ~high;
        }
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(hash)
                .array();
    }

    private static void replace(byte[] image, byte[] from, byte[] to) {
        for (int i = 0; i + from.length <= image.length; i++) {
            if (Arrays.equals(image, i, i + from.length, from, 0, from.length)) {
                System.arraycopy(to, 0, image, i, to.length);
            }
        }
    }

    private static int property(int type) {
        int[] value = new int[1];
        check("cublasGetProperty", JCublas2.cublasGetProperty(type, value));
        return value[0];
    }

    /**
     * A handle in the context that is current.
     *
     * @param workspace {@link #WORKSPACE_BYTES} or more, for this handle alone until it is closed
     */
    Cublas(CUstream stream, Block workspace, boolean tf32) {
        check("cublasCreate", JCublas2.cublasCreate(handle));
        handles.add(() -> check("cublasDestroy", JCublas2.cublasDestroy(handle)));
        try {
            check("cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(stream)));
            // After the stream: setting the stream resets the workspace.
            check(
                    "cublasSetWorkspace",
                    JCublas2.cublasSetWorkspace(handle, new DevicePointer(workspace.address()), workspace.bytes()));
            // The default multiplies floats in single precision.
            int mode = tf32 ? cublasMath.CUBLAS_TF32_TENSOR_OP_MATH : cublasMath.CUBLAS_DEFAULT_MATH;
            // Otherwise parts of a sum may be added in bfloat16 if the result is.
            int exactSums = cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
            check("cublasSetMathMode", JCublas2.cublasSetMathMode(handle, mode | exactSums));
        } catch (RuntimeException e) {
            handles.closeAfter(e);
            throw e;
        }
    }

    /**
     * {@code out (rows, columns) = op(a) op(b)} for {@code batch} row-major matrices one after another; op is the
     * transpose or nothing. All are in single precision, or the operands are in bfloat16 and the result in either. Sums
     * are in single precision. cuBLAS reads matrices column by column, so for it this is
     * {@code out^T = op(b)^T op(a)^T}.
     */
    public void product(
            Elements a,
            boolean transposeA,
            Elements b,
            boolean transposeB,
            Elements out,
            int rows,
            int columns,
            int depth,
            int batch) {
        if (a.format() == Format.BF16) {
            narrowProduct(a, transposeA, b, transposeB, out, rows, columns, depth, batch);
            return;
        }
        if (batch == 1) {
            check(
                    "cublasSgemm",
                    JCublas2.cublasSgemm(
                            handle,
                            operation(transposeB),
                            operation(transposeA),
                            columns,
                            rows,
                            depth,
                            one,
                            new DevicePointer(b.address()),
                            transposeB ? depth : columns,
                            new DevicePointer(a.address()),
                            transposeA ? rows : depth,
                            zero,
                            new DevicePointer(out.address()),
                            columns));
            return;
        }
        check(
                "cublasSgemmStridedBatched",
                JCublas2.cublasSgemmStridedBatched(
                        handle,
                        operation(transposeB),
                        operation(transposeA),
                        columns,
                        rows,
                        depth,
                        one,
                        new DevicePointer(b.address()),
                        transposeB ? depth : columns,
                        (long) depth * columns,
                        new DevicePointer(a.address()),
                        transposeA ? rows : depth,
                        (long) rows * depth,
                        zero,
                        new DevicePointer(out.address()),
                        columns,
                        (long) rows * columns,
                        batch));
    }

    private void narrowProduct(
            Elements a,
            boolean transposeA,
            Elements b,
            boolean transposeB,
            Elements out,
            int rows,
            int columns,
            int depth,
            int batch) {
        if (batch == 1) {
            check(
                    "cublasGemmEx",
                    JCublas2.cublasGemmEx_new(
                            handle,
                            operation(transposeB),
                            operation(transposeA),
                            columns,
                            rows,
                            depth,
                            one,
                            new DevicePointer(b.address()),
                            type(b),
                            transposeB ? depth : columns,
                            new DevicePointer(a.address()),
                            type(a),
                            transposeA ? rows : depth,
                            zero,
                            new DevicePointer(out.address()),
                            type(out),
                            columns,
                            cublasComputeType.CUBLAS_COMPUTE_32F,
                            cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
            return;
        }
        check(
                "cublasGemmStridedBatchedEx",
                JCublas2.cublasGemmStridedBatchedEx_new(
                        handle,
                        operation(transposeB),
                        operation(transposeA),
                        columns,
                        rows,
                        depth,
                        one,
                        new DevicePointer(b.address()),
                        type(b),
                        transposeB ? depth : columns,
                        (long) depth * columns,
                        new DevicePointer(a.address()),
                        type(a),
                        transposeA ? rows : depth,
                        (long) rows * depth,
                        zero,
                        new DevicePointer(out.address()),
                        type(out),
                        columns,
                        (long) rows * columns,
                        batch,
                        cublasComputeType.CUBLAS_COMPUTE_32F,
                        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
    }

    private static int type(Elements elements) {
        return elements.format() == Format.BF16 ? cudaDataType.CUDA_R_16BF : cudaDataType.CUDA_R_32F;
    }

    private static int operation(boolean transpose) {
        return transpose ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    @Override
    public void close() {
        handles.close();
    }

    private static void check(String call, int status) {
        if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            Driver.requireUsableContext(call);
            throw new DriverException(
                    status == cublasStatus.CUBLAS_STATUS_ALLOC_FAILED
                            ? DriverException.Kind.OUT_OF_MEMORY
                            : DriverException.Kind.REFUSED,
                    call,
                    cublasStatus.stringFor(status));
        }
    }
}

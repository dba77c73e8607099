package dev.tandem.backend.cpu.device;

import dev.tandem.spi.NativeCache;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Loads the native libraries, each when a method first needs it, and gives the reason if one does not load. What is set
 * for that (system properties, the environment) is as it was before when a method returns.
 */
public final class NativeLibraries {
    private static final String PROCESSOR = System.getProperty("os.arch");
    private static final boolean IS_X86 = PROCESSOR.equals("amd64") || PROCESSOR.equals("x86_64");
    private static final String ND4J_GREETING = "org.nd4j.log.initialization";

    private NativeLibraries() {}

    /** Why oneDNN does not load; empty if it does. */
    public static String oneDnnProblem() {
        return problem(() -> Loader.load(dnnl.class));
    }

    private static synchronized String problem(Runnable load) {
        if (NativeCache.problem().isPresent()) {
            return NativeCache.problem().get();
        }
        try {
            NativeCache.liftProcessLimit(Pointer::maxPhysicalBytes);
            WaitingPolicy.brieflyDuring(load);
            return "";
        } catch (Exception | LinkageError e) {
            return reason(e);
        }
    }

    /** oneDNN's version and the instructions it uses; for use only if it loads. */
    public static String oneDnnVersion() {
        dnnl_version_t version = dnnl.dnnl_version();
        return "oneDNN " + version.major() + "." + version.minor() + "." + version.patch()
                + (IS_X86 ? " with " + instructions(dnnl.dnnl_get_effective_cpu_isa()) : " on " + PROCESSOR);
    }

    /** Whether this processor multiplies bfloat16 numbers; for use only if oneDNN loads. */
    public static boolean hasBf16() {
        return has(dnnl.dnnl_cpu_isa_avx512_core_bf16);
    }

    /** Whether this processor has the wide vector registers of AVX-512; for use only if oneDNN loads. */
    public static boolean hasAvx512() {
        return has(dnnl.dnnl_cpu_isa_avx512_core);
    }

    /** Whether this processor has AVX2; for use only if oneDNN loads. */
    public static boolean hasAvx2() {
        return has(dnnl.dnnl_cpu_isa_avx2);
    }

    /** On arm64 oneDNN gives the same numbers to other instructions. */
    private static boolean has(int isa) {
        return IS_X86 && dnnl.dnnl_get_effective_cpu_isa() >= isa;
    }

    private static String instructions(int isa) {
        if (isa >= dnnl.dnnl_cpu_isa_avx512_core_amx) {
            return "AVX-512 and AMX";
        }
        if (isa >= dnnl.dnnl_cpu_isa_avx512_core_bf16) {
            return "AVX-512 and bfloat16";
        }
        if (isa >= dnnl.dnnl_cpu_isa_avx512_core) {
            return "AVX-512";
        }
        return isa >= dnnl.dnnl_cpu_isa_avx2 ? "AVX2" : "SSE 4.1 (slow)";
    }

    /** Why ND4J does not load; empty if it does. */
    public static String nd4jProblem() {
        return problem(NativeLibraries::loadNd4j);
    }

    private static void loadNd4j() {
        NativeCache.withProperty(ND4J_GREETING, "false", () -> Nd4j.createBuffer(DataType.FLOAT, 1, false))
                .close();
    }

    /** Sets how many OpenMP threads work for the calling thread; OpenMP keeps this number for each thread. */
    public static synchronized void prepareThread(int threads) {
        NativeCache.liftProcessLimit(Pointer::maxPhysicalBytes);
        WaitingPolicy.brieflyDuring(NativeLibraries::loadNd4j);
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(threads);
    }

    private static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root.getClass().getSimpleName() + ": " + root.getMessage();
    }
}

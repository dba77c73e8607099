package dev.tandem.backend.cpu;

import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.backend.cpu.onednn.Precision;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOption;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.NativeCache;
import dev.tandem.spi.Probe;
import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * Opens the CPU backend. Memory is in ND4J's buffers. oneDNN computes the heavy operations if its library loads (Linux
 * on x86-64); otherwise, or with {@code onednn = 0}, ND4J's matrix product and plain Java do.
 */
public final class CpuBackendProvider implements BackendProvider {
    static final String NAME = "cpu";
    private static final String DEVICES = "devices";
    private static final String THREADS = "threads";
    private static final String ONEDNN = "onednn";
    private static final String BF16 = "bf16";
    private static final String INFERENCE_WEIGHTS = "inference-weights";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<BackendOption> options() {
        return List.of(
                new BackendOption(DEVICES, 1, 1, 16, "virtual devices on this chip"),
                new BackendOption(THREADS, 0, 0, 1024, "threads that the devices share; 0 for one per core"),
                new BackendOption(ONEDNN, 1, 0, 1, "1: oneDNN if its library loads; 0: ND4J's own operations only"),
                new BackendOption(
                        BF16, 0, 0, 1, "1: bfloat16 products with float32 sums, on processors that support them"),
                BackendOption.ofWords(
                        INFERENCE_WEIGHTS,
                        List.of("f32", "bf16"),
                        "how inference keeps large matrices; bf16: in bfloat16, half the memory"));
    }

    @Override
    public Probe probe() {
        String nd4j = NativeLibraries.nd4jProblem();
        if (!nd4j.isEmpty()) {
            return Probe.unavailable("ND4J's native library does not load: " + nd4j, NativeCache.remedy());
        }
        return Probe.available(describe(NativeLibraries.oneDnnProblem()));
    }

    private static String describe(String oneDnnProblem) {
        return oneDnnProblem.isEmpty()
                ? NativeLibraries.oneDnnVersion()
                : "ND4J's own operations (no oneDNN here: " + oneDnnProblem + ")";
    }

    @Override
    public Backend open(BackendOptions options) {
        boolean wanted = options.get(ONEDNN) == 1;
        String problem = wanted ? NativeLibraries.oneDnnProblem() : "switched off by tandem.cpu.onednn";
        boolean withOneDnn = problem.isEmpty();
        if (!withOneDnn) {
            // With oneDNN, ND4J is not needed yet and is slow to load; without it nothing can run, so say so now.
            Probe probe = probe();
            if (!probe.available()) {
                throw TandemException.of(
                        ErrorCode.BACKEND_UNAVAILABLE,
                        "cpu backend",
                        "cannot run here",
                        probe.detail(),
                        "its native libraries",
                        probe.remedy());
            }
        }
        boolean bf16 = options.get(BF16) == 1;
        if (bf16 && !(withOneDnn && NativeLibraries.hasBf16())) {
            throw TandemException.argument(
                    "tandem.cpu.bf16",
                    "no bfloat16 products here",
                    describe(problem),
                    "oneDNN on a processor with AVX-512 and bfloat16, or AMX",
                    "Set it to 0");
        }
        boolean bf16Weights = options.get(INFERENCE_WEIGHTS) == 1;
        if (bf16Weights && !(withOneDnn && NativeLibraries.hasBf16())) {
            throw TandemException.argument(
                    "tandem.cpu.inference-weights",
                    "no products with bfloat16 weights here",
                    describe(problem),
                    "oneDNN on a processor with AVX-512 and bfloat16, or AMX",
                    "Set it to f32");
        }
        int threads = options.getInt(THREADS);
        int cores = Runtime.getRuntime().availableProcessors();
        return new CpuBackend(
                options.getInt(DEVICES),
                threads == 0 ? cores : threads,
                withOneDnn,
                bf16 ? Precision.BF16 : Precision.F32,
                bf16Weights ? Precision.BF16 : Precision.F32,
                describe(problem));
    }
}

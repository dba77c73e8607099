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
import dev.tandem.spi.UserCache;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the CPU backend. Memory is in ND4J's buffers. oneDNN computes the heavy operations if its library loads and has
 * more than reference code for them; otherwise, or with {@code onednn = 0}, ND4J's matrix product and plain Java do.
 */
public final class CpuBackendProvider implements BackendProvider {
    static final String NAME = "cpu";
    private static final String DEVICES = "devices";
    private static final String THREADS = "threads";
    private static final String ONEDNN = "onednn";
    private static final String BF16 = "bf16";
    private static final String INFERENCE_WEIGHTS = "inference-weights";
    private static final long AUTO = 2;

    /** By the words of {@link #INFERENCE_WEIGHTS}. */
    private static final List<Precision> WEIGHTS = List.of(Precision.F32, Precision.BF16, Precision.F16);

    private static final Logger LOG = LoggerFactory.getLogger(CpuBackendProvider.class);

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
                BackendOption.ofWords(
                        BF16,
                        List.of("0", "1", "auto"),
                        "1: bfloat16 products with float32 sums, on processors that support them; auto: where they are"
                                + " faster, as measured once on each machine"),
                BackendOption.ofWords(
                        INFERENCE_WEIGHTS,
                        List.of("f32", "bf16", "f16"),
                        "how inference keeps large matrices; f16: in half the memory, rounded to 11 bits; bf16: to 8"));
    }

    @Override
    public Probe probe() {
        String nd4j = NativeLibraries.nd4jProblem();
        if (!nd4j.isEmpty()) {
            return Probe.unavailable("ND4J's native library does not load: " + nd4j, NativeCache.remedy());
        }
        String problem = NativeLibraries.oneDnnProblem();
        String known = problem.isEmpty()
                ? bf16Choice(threads(0))
                        .known()
                        .map(choice -> "; bf16: " + choice.said())
                        .orElse("")
                : "";
        return Probe.available(describe(problem) + known);
    }

    private static String describe(String oneDnnProblem) {
        return oneDnnProblem.isEmpty()
                ? NativeLibraries.oneDnnVersion()
                : "ND4J's own operations (no oneDNN here: " + oneDnnProblem + ")";
    }

    private static Bf16Choice bf16Choice(int threads) {
        return new Bf16Choice(
                UserCache.folder(),
                Machine.here(NativeLibraries.oneDnnVersion(), threads),
                () -> ProductRates.bf16OfF32(threads));
    }

    private static int threads(int wanted) {
        return wanted == 0 ? Runtime.getRuntime().availableProcessors() : wanted;
    }

    @Override
    public BackendOptions decided(BackendOptions options) {
        if (options.get(BF16) != AUTO) {
            return options;
        }
        String problem = options.get(ONEDNN) == 1 ? NativeLibraries.oneDnnProblem() : "no oneDNN";
        if (!problem.isEmpty() || !NativeLibraries.hasBf16()) {
            LOG.info("bf16: auto chose f32, as there are no bfloat16 products here ({})", describe(problem));
            return options.with(BF16, 0);
        }
        Bf16Choice.Decision choice =
                bf16Choice(threads(options.getInt(THREADS))).decide();
        LOG.info("bf16: {}", choice.said());
        return options.with(BF16, choice.bf16() ? 1 : 0);
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
        boolean bf16 = decided(options).get(BF16) == 1;
        if (bf16 && !(withOneDnn && NativeLibraries.hasBf16())) {
            throw TandemException.argument(
                    "tandem.cpu.bf16",
                    "no bfloat16 products here",
                    describe(problem),
                    "oneDNN on a processor with AVX-512 and bfloat16, or AMX",
                    "Set it to 0");
        }
        Precision weights = WEIGHTS.get(options.getInt(INFERENCE_WEIGHTS));
        if (weights != Precision.F32 && !(withOneDnn && NativeLibraries.hasAvx2())) {
            throw TandemException.argument(
                    "tandem.cpu.inference-weights",
                    "no products with weights of 16 bits here",
                    describe(problem),
                    "oneDNN on a processor with AVX2",
                    "Set it to f32");
        }
        return new CpuBackend(
                options.getInt(DEVICES),
                threads(options.getInt(THREADS)),
                withOneDnn,
                bf16 ? Precision.BF16 : Precision.F32,
                weights,
                describe(problem) + (bf16 ? ", products in bfloat16" : ""));
    }
}

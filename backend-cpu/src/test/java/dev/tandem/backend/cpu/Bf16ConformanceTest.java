package dev.tandem.backend.cpu;

import dev.tandem.backend.cpu.device.NativeLibraries;
import dev.tandem.testkit.conformance.BackendConformance;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * Products of bfloat16 numbers, which have 8 bits: each is within 2^-8 of what it stands for, and a sum of such
 * products within 3 % of its tensor's scale. What jumps when its input is rounded is left to {@link Bf16Test}.
 */
@EnabledIf(value = "multipliesBf16", disabledReason = "this processor does not multiply bfloat16 numbers")
class Bf16ConformanceTest extends BackendConformance {
    private static final Pattern JUMPS = Pattern.compile(
            "max pooling .*(normal|negative) from CONVOLUTION.*|(convolution|locally connected) .* RELU,.*"
                    + "|three training steps.*");

    Bf16ConformanceTest() {
        super(CpuBackendProvider.NAME, Map.of("devices", 2L, "bf16", 1L), 3e-2);
    }

    /** Asked before the suite opens the backend, which it does before anything of this class. */
    static boolean multipliesBf16() {
        return NativeLibraries.oneDnnProblem().isEmpty() && NativeLibraries.hasBf16();
    }

    @Override
    protected boolean isComparable(String program) {
        return !JUMPS.matcher(program).matches();
    }
}

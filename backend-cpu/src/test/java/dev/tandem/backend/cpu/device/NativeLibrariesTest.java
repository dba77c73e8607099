package dev.tandem.backend.cpu.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.backend.cpu.CpuBackendProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NativeLibrariesTest {
    /** What a program of another JVM does: loads everything, and says what of its surroundings has changed. */
    static final class Loading {
        private Loading() {}

        public static void main(String[] arguments) {
            Map<Object, Object> before = new TreeMap<>(System.getProperties());
            String available = String.valueOf(new CpuBackendProvider().probe().available());
            Map<Object, Object> changed = new TreeMap<>(System.getProperties());
            changed.entrySet().removeAll(before.entrySet());
            changed.remove("user.timezone"); // Java sets it by itself
            System.out.println("available " + available);
            System.out.println("changed " + changed);
            System.out.println("policy " + System.getenv("OMP_WAIT_POLICY") + " " + System.getenv("GOMP_SPINCOUNT"));
            System.out.println("limit " + Pointer.maxPhysicalBytes() + ", own " + (Pointer.maxBytes() > 0));
        }
    }

    @TempDir
    Path folder;

    /** The output of {@link Loading} where OMP_WAIT_POLICY has a value, or none. */
    private String load(String policy) throws IOException, InterruptedException {
        Path output = folder.resolve("output.txt");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Loading.class.getName()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        // OpenMP then prints what it has read from the environment.
        builder.environment().put("OMP_DISPLAY_ENV", "verbose");
        builder.environment().keySet().removeAll(List.of("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"));
        if (!policy.isEmpty()) {
            builder.environment().put("OMP_WAIT_POLICY", policy);
        }
        assertThat(builder.start().waitFor()).isZero();
        return Files.readString(output);
    }

    @ParameterizedTest
    @CsvSource({"'', GOMP_SPINCOUNT, 1000", "passive, GOMP_SPINCOUNT, 0", "active, OMP_WAIT_POLICY, ACTIVE"})
    @Timeout(120)
    void computeThreadsSpinForAMomentUnlessToldOtherwiseAndNothingElseChanges(
            String policy, String variable, String expected) throws Exception {
        assumeTrue(NativeLibraries.nd4jProblem().isEmpty(), "ND4J does not load on this platform");
        String output = load(policy);
        assertThat(output)
                .contains(variable + " = '" + expected + "'", "available true", "changed {}")
                .contains("policy " + (policy.isEmpty() ? "null" : policy.toLowerCase(Locale.ROOT)) + " null")
                .contains("limit 0, own true");
    }
}

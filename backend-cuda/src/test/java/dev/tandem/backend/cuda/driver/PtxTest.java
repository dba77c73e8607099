package dev.tandem.backend.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.EmulatedDriver;
import dev.tandem.backend.cuda.driver.Parameters.Kind;
import dev.tandem.backend.cuda.driver.Parameters.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The PTX was made from the sources, can be assembled for every supported GPU, and its parameters are read right. */
class PtxTest {
    private static final Path KERNELS = Path.of("src/main/cuda");
    private static final String SCRIPT = "src/main/scripts/ptx.sh";
    private static final String MEND = "The kernels in backend-cuda/src/main/cuda were changed. Run backend-cuda/"
            + SCRIPT + " and commit the PTX";

    @TempDir
    private Path folder;

    @Test
    void comesFromTheseSources() throws IOException {
        List<Path> files = EmulatedDriver.files(KERNELS, "");
        List<Path> sources = Stream.of(".cu", ".cuh")
                .flatMap(end -> EmulatedDriver.files(KERNELS, end).stream())
                .toList();

        assertThat(sources).as("every file there is a source").hasSameSizeAs(files);
        String hash = EmulatedDriver.hash(sources);
        for (Ptx ptx : List.of(Ptx.exact(), Ptx.tf32(), Ptx.bf16())) {
            assertThat(ptx.text().lines().findFirst().orElseThrow()).as(MEND).endsWith("SHA-256 " + hash);
        }
    }

    @Test
    void isWhatTheCompilerMakes() throws IOException {
        Assumptions.assumeTrue(EmulatedDriver.isOnPath("nvcc"), "skipped: no nvcc to compile the kernels with");
        EmulatedDriver.run(List.of(SCRIPT, folder.toString()));
        Map<String, Ptx> committed =
                Map.of("exact_75.ptx", Ptx.exact(), "tf32_80.ptx", Ptx.tf32(), "bf16_80.ptx", Ptx.bf16());
        for (Map.Entry<String, Ptx> entry : committed.entrySet()) {
            String made = Files.readString(folder.resolve(entry.getKey()));
            String text = entry.getValue().text();
            Assumptions.assumeTrue(compiler(made).equals(compiler(text)), "skipped: nvcc is of another version");
            assertThat(made.equals(text)).as(MEND).isTrue();
        }
    }

    private static String compiler(String ptx) {
        return ptx.lines()
                .filter(line -> line.startsWith("// Cuda compilation tools"))
                .findFirst()
                .orElseThrow();
    }

    /** For the GPUs that {@code KernelResourcesTest} does not assemble it for; how fast the code is does not matter. */
    @ParameterizedTest
    @ValueSource(ints = {86, 89})
    void canBeAssembled(int capability) {
        for (Ptx ptx : List.of(Ptx.exact(), Ptx.tf32(), Ptx.bf16())) {
            assertThat(PtxAssembler.assemble(ptx, capability, folder, "--opt-level=0")
                            .elf())
                    .isNotEmpty();
        }
    }

    @Test
    void parametersLieWhereTheDriverExpectsThem() {
        String declaration = ".visible .entry some_kernel(\n\t.param .u64 some_kernel_param_0,\n"
                + "\t.param .u32 some_kernel_param_1,\n\t.param .align 8 .b8 some_kernel_param_2[24],\n"
                + "\t.param .align 4 .b8 some_kernel_param_3[12],\n\t.param .f32 some_kernel_param_4\n)\n{";

        Parameters parameters = Parameters.parse(declaration).get("some_kernel");
        assertThat(parameters.list())
                .containsExactly(
                        new Parameter(Kind.WIDE, 0, 8),
                        new Parameter(Kind.INTEGER, 8, 4),
                        new Parameter(Kind.STRUCT, 16, 24),
                        new Parameter(Kind.STRUCT, 40, 12),
                        new Parameter(Kind.REAL, 52, 4));
        assertThat(parameters.bytes()).isEqualTo(56);
    }
}

package dev.tandem.backend.cuda.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.backend.cuda.EmulatedDriver;
import dev.tandem.backend.cuda.VirtualMachine;
import dev.tandem.backend.cuda.driver.Handles;
import dev.tandem.backend.cuda.driver.Natives;
import dev.tandem.spi.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.JCudaVersion;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NVIDIA's own cuBLAS and cuDNN, where Python has them: they load without a GPU, and have what JCuda imports. */
class NvidiaLibrariesTest {
    private static final String FOLDERS = "import sys, glob\n"
            + "for path in sys.path:\n"
            + "    for folder in sorted(glob.glob(path + '/nvidia/*/lib')): print(folder)";

    private static List<Path> folders;

    @TempDir
    private Path temporary;

    @BeforeAll
    static void findLibraries() throws IOException {
        Assumptions.assumeTrue(
                Stream.of("python3", "nm").allMatch(EmulatedDriver::isOnPath), "skipped: no python3 or no nm");
        folders = EmulatedDriver.run(List.of("python3", "-c", FOLDERS))
                .lines()
                .map(Path::of)
                .toList();
        Accelerators found = Accelerators.find(folders);
        Assumptions.assumeTrue(
                found.cublas().usable() && found.cudnn().usable(), "skipped: Python has not both of cuBLAS and cuDNN");
    }

    /** Loads them in a virtual machine of its own, and lets cuDNN describe a convolution. */
    static final class Loading {
        private Loading() {}

        public static void main(String[] folders) {
            System.out.println(
                    Accelerators.load(Arrays.stream(folders).map(Path::of).toList()));
            for (Format format : Format.values()) {
                System.out.println(format + ": " + Arrays.deepToString(output(format)));
            }
        }

        /** The extents of a convolution's output as cuDNN computes them from its descriptions. */
        private static int[][] output(Format format) {
            CudnnConvolution.Key key = new CudnnConvolution.Key(
                    CudnnPass.FORWARD,
                    format,
                    Shape.of(128, 96, 27, 27),
                    Shape.of(256, 48, 5, 5),
                    Shape.of(128, 256, 27, 27),
                    2,
                    1,
                    1,
                    2,
                    2);
            try (Handles handles = new Handles()) {
                CudnnDescriptors described = CudnnDescriptors.of(null, key, true, handles);
                int[][] dims = new int[4][1];
                Cudnn.check(
                        "cudnnGetConvolution2dForwardOutputDim",
                        JCudnn.cudnnGetConvolution2dForwardOutputDim(
                                described.convolution(),
                                described.x(),
                                described.w(),
                                dims[0],
                                dims[1],
                                dims[2],
                                dims[3]));
                return dims;
            }
        }
    }

    @Test
    void theyLoadAndTellTheirVersions() throws IOException {
        String output = VirtualMachine.run(
                List.of(), Loading.class, folders.stream().map(Path::toString).toArray(String[]::new));
        assertThat(output)
                .containsPattern("matrix products by cuBLAS 1[23]\\.\\d+\\.\\d+, convolutions by cuDNN 9\\.\\d+\\.\\d+")
                .contains("F32: [[128], [256], [27], [27]]", "BF16: [[128], [256], [27], [27]]");
    }

    @Test
    void theyHaveEveryFunctionThatJcudaImports() throws IOException {
        assertThat(imported(JCublas2.class, "cublas[A-Z]\\w*"))
                .hasSizeGreaterThan(400)
                .isSubsetOf(exported("libcublas.so.12", "libcublas.so.13"));
        assertThat(imported(JCudnn.class, "cudnn[A-Z]\\w*"))
                .hasSizeGreaterThan(200)
                .isSubsetOf(exported("libcudnn.so.9"));
    }

    /** The functions of this form that JCuda's native library needs. */
    private Set<String> imported(Class<?> binding, String form) throws IOException {
        String name = binding.getSimpleName();
        String file = "/lib/lib" + name + "-" + JCudaVersion.get() + "-linux-x86_64.so";
        Path unpacked = temporary.resolve(name);
        try (InputStream in = binding.getResourceAsStream(file)) {
            assertThat(in).as(file).isNotNull();
            Files.copy(in, unpacked);
        }
        return names(List.of("nm", "-D", "--undefined-only", unpacked.toString()), form);
    }

    private static Set<String> exported(String... files) throws IOException {
        Path library = Natives.find(folders, List.of(files)).orElseThrow();
        return names(List.of("nm", "-D", "--defined-only", library.toString()), "\\w+");
    }

    private static Set<String> names(List<String> command, String form) throws IOException {
        Pattern name = Pattern.compile(" (" + form + ")(?:@.*)?$");
        return EmulatedDriver.run(command)
                .lines()
                .flatMap(line -> name.matcher(line).results())
                .map(result -> result.group(1))
                .collect(Collectors.toSet());
    }
}

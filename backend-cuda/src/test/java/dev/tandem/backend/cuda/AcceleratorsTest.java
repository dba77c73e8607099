package dev.tandem.backend.cuda;

import static dev.tandem.backend.cuda.Comparison.normal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.backend.cuda.gpu.Gpu;
import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Device;
import dev.tandem.spi.Profile;
import dev.tandem.spi.Shape;
import dev.tandem.spi.Tensor;
import dev.tandem.spi.TensorScope;
import dev.tandem.spi.op.ConvolutionSpec;
import dev.tandem.spi.op.UnaryFunction;
import dev.tandem.spi.op.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which libraries are found, which operations they compute, and that their results are right in TF32. */
class AcceleratorsTest {
    private static final Window SAME = Window.over(6, 6, 3, 1, 1, Window.Rounding.DOWN);
    private static final Window HANGING = Window.over(6, 6, 3, 2, 0, Window.Rounding.UP);

    /** The implementations that the profile names in a forward and backward convolution and a product. */
    private static List<Profile.Entry> profileOf(CudaBackendProvider provider, long accelerators, Window window) {
        BackendOptions options = BackendOptions.of(provider, Map.of("devices", 1L, "accelerators", accelerators));
        try (Backend backend = provider.open(options);
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Tensor x = normal(device, "x", 2, 4, 6, 6);
            Tensor w = normal(device, "w", 6, 4, 3, 3);
            Tensor matrix = normal(device, "matrix", 5, 5);
            ConvolutionSpec spec = new ConvolutionSpec(window, 1);
            device.profile().start();
            device.profile().at("conv1", Profile.Phase.FORWARD);
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY);
            device.profile().at("conv1", Profile.Phase.BACKWARD);
            device.convolutions().backwardData(y, w, spec, x.shape());
            device.convolutions().backwardWeights(x, y, spec, w.shape(), false);
            device.profile().at("fc2", Profile.Phase.FORWARD);
            device.matrices().product(matrix, false, matrix, true);
            device.synchronize();
            return device.profile().stop();
        }
    }

    /** What served the product, which is last. */
    private static String ofProduct(List<Profile.Entry> entries) {
        return entries.get(entries.size() - 1).implementation();
    }

    @Test
    void theProfileNamesWhatServedEachOperation() {
        List<Profile.Entry> entries = profileOf(EmulatedDriver.providerWithLibraries(), 1, SAME);

        assertThat(entries)
                .extracting(Profile.Entry::operation)
                .containsExactly(
                        "convolution", "convolution backward data", "convolution backward weights", "matrix product");
        assertThat(entries)
                .extracting(e -> e.implementation().replaceAll("_ALGO.*", ""))
                .containsExactly("cuDNN:FWD", "cuDNN:BWD_DATA", "cuDNN:BWD_FILTER", "cuBLAS");
        assertThat(entries).extracting(e -> e.place().layer()).containsExactly("conv1", "conv1", "conv1", "fc2");
        assertThat(entries).allSatisfy(e -> assertThat(e.nanos()).isPositive());
    }

    @Test
    void paddingThatDiffersFromSideToSideIsMadeByAKernelOfOurs() {
        assertThat(profileOf(EmulatedDriver.providerWithLibraries(), 1, HANGING))
                .extracting(e -> e.implementation().replaceAll("_ALGO.*", ""))
                .containsExactly(
                        "own:move_maps",
                        "cuDNN:FWD",
                        "cuDNN:BWD_DATA",
                        "own:move_maps",
                        "own:move_maps",
                        "cuDNN:BWD_FILTER",
                        "cuBLAS");
    }

    @Test
    void turnedOffOwnKernelsServeAll() {
        assertThat(profileOf(EmulatedDriver.providerWithLibraries(), 0, HANGING))
                .extracting(Profile.Entry::implementation)
                .containsExactly(
                        "own:convolution_forward_small",
                        "own:turn_weights",
                        "own:convolution_data_small",
                        "own:convolution_weights_small",
                        "own:gemm_nt_small");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void biasGradientsArePartOfTheirOperations(long accelerators) {
        CudaBackendProvider provider = EmulatedDriver.providerWithLibraries();
        BackendOptions options = BackendOptions.of(provider, Map.of("devices", 1L, "accelerators", accelerators));
        try (Backend backend = provider.open(options);
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Tensor maps = normal(device, "maps", 2, 4, 6, 6);
            Tensor rows = normal(device, "rows", 5, 5);
            device.profile().start();
            device.convolutions().backwardWeights(maps, maps, new ConvolutionSpec(SAME, 1), Shape.of(4, 4, 3, 3), true);
            device.matrices().linearBackwardWeights(rows, rows, true);
            device.synchronize();
            assertThat(device.profile().stop())
                    .extracting(Profile.Entry::operation)
                    .hasSizeGreaterThan(3)
                    .containsOnly("convolution backward weights", "linear backward weights");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1})
    void reluDoesNotHideThatARunHasDiverged(long accelerators) {
        CudaBackendProvider provider = EmulatedDriver.providerWithLibraries();
        BackendOptions options = BackendOptions.of(provider, Map.of("devices", 1L, "accelerators", accelerators));
        try (Backend backend = provider.open(options);
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Tensor maps = device.filled(Shape.of(1, 4, 6, 6), 1);
            Tensor kernels = device.filled(Shape.of(4, 4, 3, 3), Double.NaN);
            Tensor bias = device.filled(Shape.of(4), 1);
            ConvolutionSpec spec = new ConvolutionSpec(SAME, 1);
            assertThat(device.convolutions()
                            .forward(maps, kernels, bias, spec, UnaryFunction.RELU)
                            .read())
                    .containsOnly(Float.NaN);
            Tensor rows = device.filled(Shape.of(3, 4), Double.NaN);
            Tensor weights = device.filled(Shape.of(4, 4), 1);
            assertThat(device.matrices()
                            .linear(rows, weights, bias, UnaryFunction.RELU)
                            .read())
                    .containsOnly(Float.NaN);
        }
    }

    @Test
    void theTimesOfARecordingAddUpToIt() {
        CudaBackendProvider provider = EmulatedDriver.provider();
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", 1L)));
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Tensor x = normal(device, "x", 5, 5);
            long before = System.nanoTime();
            device.profile().start();
            long first = System.nanoTime();
            device.elementwise().unary(UnaryFunction.EXP, x);
            device.synchronize();
            long last = System.nanoTime();
            List<Profile.Entry> entries = device.profile().stop();
            long after = System.nanoTime();
            Profile.Idle idle = device.profile().idle();
            assertThat(entries).hasSize(1);
            assertThat(entries.get(0).nanos() + idle.waiting() + idle.between())
                    .isBetween(last - first, after - before);
        }
    }

    /** The events that time operations are used again: a few for each operation would not do for long recordings. */
    @Test
    void aLongRecordingHasAllOperations() {
        CudaBackendProvider provider = EmulatedDriver.provider();
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", 1L)))) {
            Device device = backend.devices().get(0);
            Tensor x = normal(device, "x", 2, 2);
            for (int recording = 0; recording < 2; recording++) {
                device.profile().start();
                for (int i = 0; i < 5_000; i++) {
                    device.elementwise().unary(UnaryFunction.EXP, x).close();
                }
                assertThat(device.profile().stop())
                        .hasSize(5_000)
                        .allSatisfy(entry -> assertThat(entry.nanos()).isNotNegative());
            }
        }
    }

    @Test
    void whatServedAFailedOperationIsForgotten() {
        CudaBackendProvider provider = EmulatedDriver.provider();
        try (Backend backend = provider.open(BackendOptions.of(provider, Map.of("devices", 1L)));
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Gpu gpu = ((CudaDevice) device.kernels()).gpu();
            Tensor x = normal(device, "x", 5, 5);
            device.profile().start();
            gpu.launcher().submit("failing", () -> {
                gpu.launcher().servedBy("what fails");
                throw new IllegalStateException("it failed");
            });
            assertThatThrownBy(device::synchronize).hasMessageContaining("it failed");
            device.elementwise().unary(UnaryFunction.EXP, x);
            device.synchronize();
            assertThat(device.profile().stop())
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.implementation()).isEqualTo("own:unary"));
        }
    }

    /** A run notes its devices: if it is resumed with other versions, that is an event of it. */
    @Test
    void aDeviceIsDescribedWithTheVersionsOfItsLibraries() {
        CudaBackendProvider provider = EmulatedDriver.providerWithLibraries();
        for (long accelerators : new long[] {0, 1}) {
            BackendOptions options = BackendOptions.of(provider, Map.of("devices", 1L, "accelerators", accelerators));
            try (Backend backend = provider.open(options)) {
                assertThat(backend.devices().get(0).description())
                        .matches(".* MiB, compute capability \\d\\.\\d; "
                                + (accelerators == 1
                                        ? "cuBLAS \\d+\\.\\d+\\.\\d+, cuDNN \\d+\\.\\d+\\.\\d+"
                                        : "own kernels"));
            }
        }
    }

    @Test
    void theProbeTellsVersionsOfWhatIsLoadedOrWhatIsMissing() {
        CudaBackendProvider provider = EmulatedDriver.providerWithLibraries();
        provider.open(BackendOptions.defaults(provider)).close();
        assertThat(provider.probe().detail())
                .containsPattern(
                        "matrix products by cuBLAS 1[23]\\.\\d+\\.\\d+, convolutions by cuDNN 9\\.\\d+\\.\\d+");
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: this machine may have the libraries");
        assertThat(EmulatedDriver.provider().probe().detail())
                .contains(
                        "matrix products by own kernels (no cuBLAS: no libcublas.so.12 or libcublas.so.13 was found;"
                                + " install CUDA 12 or 13",
                        "convolutions by own kernels (no cuDNN: no libcudnn.so.9 was found; install cuDNN 9");
    }

    /** Prints what is found, loaded and used, in a virtual machine of its own, in which no library was loaded yet. */
    static final class Finding {
        private Finding() {}

        public static void main(String[] folders) throws IOException {
            CudaBackendProvider provider = new CudaBackendProvider(
                    List.of(folders).stream().map(Path::of).toList());
            System.out.println("found: " + provider.probe().detail());
            System.out.println("without: " + ofProduct(profileOf(provider, 0, SAME)) + loaded());
            System.out.println("with: " + ofProduct(profileOf(provider, 1, SAME)) + loaded());
            System.out.println("then: " + provider.probe().detail());
        }

        /** The libraries of this process, and their bindings. */
        private static List<String> loaded() throws IOException {
            return Files.readString(Path.of("/proc/self/maps"))
                    .lines()
                    .flatMap(line -> Pattern.compile("lib(J?Cu(?:blas|dnn)).*\\.so", Pattern.CASE_INSENSITIVE)
                            .matcher(line)
                            .results())
                    .map(match -> match.group(1))
                    .distinct()
                    .sorted()
                    .toList();
        }
    }

    @Test
    void librariesAreLoadedOnlyWhereTheyAreToBeUsed() throws IOException {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: needs the emulated driver");
        Path driver = EmulatedDriver.folder();
        Path libraries = EmulatedDriver.libraries();
        String output = VirtualMachine.run(List.of(), Finding.class, driver.toString(), libraries.toString());

        assertThat(output.lines())
                .anySatisfy(line -> assertThat(line)
                        .startsWith("found: ")
                        .contains("products by cuBLAS (" + libraries.resolve("libcublas.so.12") + ")")
                        .contains("convolutions by cuDNN (" + libraries.resolve("libcudnn.so.9") + ")"))
                .contains("without: own:gemm_nt_small[]", "with: cuBLAS[JCublas, JCudnn, cublas, cudnn]")
                .anySatisfy(line ->
                        assertThat(line).startsWith("then: ").contains("products by cuBLAS 12.6.4", "cuDNN 9.1.2"));
    }

    @Test
    void cublas13IsBoundByTheBindingOf12() throws IOException {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: needs the emulated driver");
        Path driver = EmulatedDriver.folder();
        String output = VirtualMachine.run(
                List.of(),
                Finding.class,
                driver.toString(),
                EmulatedDriver.nextLibraries().toString());

        assertThat(output.lines())
                .anySatisfy(line -> assertThat(line).startsWith("with: cuBLAS["))
                .anySatisfy(line -> assertThat(line).startsWith("then: ").contains("products by cuBLAS 13."));
    }

    @Test
    void aLibraryThatCannotBeLoadedIsSaidToBeSoAndDoneWithout(@TempDir Path folder) throws IOException {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: needs the emulated driver");
        Path broken = Files.createFile(folder.resolve("libcublas.so.12"));
        String driver = EmulatedDriver.folder().toString();
        String output = VirtualMachine.run(List.of(), Finding.class, driver, folder.toString());

        assertThat(output)
                .contains("found: ", "products by cuBLAS (" + broken + ")", "with: own:gemm_nt_small")
                .containsPattern("then: .*own kernels \\(no cuBLAS: " + broken + " cannot be used: .*too short");
    }

    @ParameterizedTest
    @CsvSource({"70, 33, 19, false, false", "70, 33, 19, true, true"})
    void productsInTf32(int rows, int depth, int columns, boolean transposeA, boolean transposeB) {
        try (Comparison comparison = tf32()) {
            comparison.product(rows, depth, columns, transposeA, transposeB);
        }
    }

    @Test
    void convolutionsInTf32() {
        try (Comparison comparison = tf32()) {
            comparison.convolution(Shape.of(2, 6, 10, 10), 4, 3, 2);
        }
    }

    @Test
    void operandsAreRoundedToTf32() {
        Assumptions.assumeFalse(
                EmulatedDriver.isReal(), "skipped: the libraries may compute small products without tensor cores");
        try (Comparison comparison = tf32()) {
            assertThat(Tf32Test.sums(comparison.device(), 1 + 0x1p-12)).containsOnly(1);
        }
    }

    private static Comparison tf32() {
        return new Comparison(
                EmulatedDriver.providerWithLibraries(), Map.of("devices", 1L, "tf32", 1L), Tf32Rounding.TRUNCATED);
    }
}

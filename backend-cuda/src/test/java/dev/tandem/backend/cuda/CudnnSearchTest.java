package dev.tandem.backend.cuda;

import static dev.tandem.backend.cuda.Comparison.normal;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What serves a convolution: the algorithm of cuDNN that was the fastest, or our kernels where cuDNN has none. */
class CudnnSearchTest {
    @TempDir
    private Path cache;

    @BeforeEach
    void requireStandIn() {
        Assumptions.assumeFalse(EmulatedDriver.isReal(), "skipped: cuDNN's answers are those of its stand-in");
    }

    private CudaBackendProvider provider() {
        return new CudaBackendProvider(
                List.of(EmulatedDriver.folder(), EmulatedDriver.libraries()), Optional.of(cache));
    }

    private static Backend open(CudaBackendProvider provider) {
        return provider.open(BackendOptions.of(provider, Map.of("devices", 1L, "arena", 0L)));
    }

    /** What serves the three passes of a convolution with windows of {@code side}, twice. */
    private static List<String> implementations(Device device, int side, int left) {
        Window window = new Window(side, side, 1, 1, side / 2, left, side / 2, side / 2);
        ConvolutionSpec spec = new ConvolutionSpec(window, 1);
        device.profile().start();
        for (int time = 0; time < 2; time++) {
            try (TensorScope scope = TensorScope.open()) {
                Tensor x = normal(device, "x", 2, 3, 11, 11);
                Tensor w = normal(device, "w", 4, 3, side, side);
                Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY);
                device.convolutions().backwardData(y, w, spec, x.shape());
                device.convolutions().backwardWeights(x, y, spec, w.shape(), false);
            }
        }
        device.synchronize();
        return device.profile().stop().stream()
                .map(Profile.Entry::implementation)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static void assertRight(CudaBackendProvider provider, int side) {
        try (Comparison comparison = new Comparison(provider, Map.of("devices", 1L), 1e-5)) {
            comparison.convolution(Shape.of(2, 3, 11, 11), 4, side, 1);
        }
    }

    @Test
    void theFastestAlgorithmIsTakenAndTheNextOpeningTakesWhatWasKept() throws IOException {
        List<String> fastest =
                List.of("cuDNN:FWD_ALGO_IMPLICIT_PRECOMP_GEMM", "cuDNN:BWD_DATA_ALGO_1", "cuDNN:BWD_FILTER_ALGO_1");
        try (Backend backend = open(provider())) {
            assertThat(implementations(backend.devices().get(0), 3, 1)).containsExactlyElementsOf(twice(fastest));
        }
        Path file;
        try (Stream<Path> files = Files.list(cache)) {
            file = files.filter(path -> path.toString().endsWith(".txt"))
                    .findFirst()
                    .orElseThrow();
        }
        assertThat(Files.readString(file))
                .contains("card = emulated GPU 0, ", "cudnn = cuDNN 9.1.2")
                .contains("FORWARD of 2x3x11x11 with 4x3x3x3 to 2x4x11x11, groups 1, strides 1x1, padding 1x1 in F32 ="
                        + " FWD_ALGO_IMPLICIT_PRECOMP_GEMM\n");
        Files.writeString(
                file,
                Files.readString(file)
                        .replace("FWD_ALGO_IMPLICIT_PRECOMP_GEMM", "FWD_ALGO_DIRECT")
                        .replace("BWD_DATA_ALGO_1", "BWD_DATA_ALGO_FFT_TILING"));
        try (Backend backend = open(provider())) {
            assertThat(implementations(backend.devices().get(0), 3, 1))
                    .containsExactlyElementsOf(twice(List.of(
                            "cuDNN:FWD_ALGO_DIRECT", "cuDNN:BWD_DATA_ALGO_FFT_TILING", "cuDNN:BWD_FILTER_ALGO_1")));
        }
        assertRight(provider(), 3);
    }

    private static List<String> twice(List<String> names) {
        return Stream.concat(names.stream(), names.stream()).toList();
    }

    /** No algorithm gives the same bits each time, none is supported, it is refused; padding may differ from side to side. */
    @ParameterizedTest
    @CsvSource({"7, 3", "9, 4", "13, 6", "7, 5"})
    void ownKernelsServeWhatCudnnDoesNot(int side, int left) {
        try (Backend backend = open(provider())) {
            Device device = backend.devices().get(0);
            long used = device.memoryUse().used();
            List<String> names = implementations(device, side, left);
            // Once, the padded maps are made before that is known.
            assertThat(names)
                    .filteredOn(name -> !name.equals("own:move_maps"))
                    .hasSizeGreaterThanOrEqualTo(6)
                    .allMatch(
                            name -> name.matches("own:(convolution_(forward|data|weights)_small|turn_weights|sum.*)"));
            assertThat(names.stream().filter("own:move_maps"::equals).count()).isEqualTo(2 * left == side - 1 ? 0 : 2);
            assertThat(device.memoryUse().used()).isEqualTo(used);
        }
        assertRight(provider(), side);
    }

    @Test
    void anAlgorithmMayNeedNoWorkspace() {
        try (Backend backend = open(provider())) {
            assertThat(implementations(backend.devices().get(0), 1, 0))
                    .hasSize(6)
                    .allMatch(name -> name.startsWith("cuDNN:"));
        }
        assertRight(provider(), 1);
    }

    /** A search on operands whose inputs it must leave as they are. */
    @Test
    void measuringChangesNoInput() {
        try (Backend backend = open(provider());
                TensorScope scope = TensorScope.open()) {
            Device device = backend.devices().get(0);
            Tensor x = normal(device, "x", 2, 3, 11, 11);
            Tensor w = normal(device, "w", 4, 3, 3, 3);
            float[] before = x.read();
            float[] weights = w.read();
            ConvolutionSpec spec = new ConvolutionSpec(new Window(3, 3, 1, 1, 1, 1, 1, 1), 1);
            Tensor y = device.convolutions().forward(x, w, null, spec, UnaryFunction.IDENTITY);
            float[] output = y.read();
            device.convolutions().backwardData(y, w, spec, x.shape());
            device.convolutions().backwardWeights(x, y, spec, w.shape(), false);
            assertThat(x.read()).containsExactly(before);
            assertThat(w.read()).containsExactly(weights);
            assertThat(y.read()).containsExactly(output);
        }
    }
}

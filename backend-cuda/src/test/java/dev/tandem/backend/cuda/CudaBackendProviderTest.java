package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.Backend;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Probe;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaBackendProviderTest {
    @TempDir
    private Path folder;

    /** Prints the result of the probe, in a virtual machine of its own, in which nothing has been loaded yet. */
    static final class ProbeOnly {
        private ProbeOnly() {}

        public static void main(String[] folders) {
            System.out.println(new CudaBackendProvider(List.of(Path.of(folders[0]))).probe());
        }
    }

    /** The CPU backend, opened and used, with this one on the class path. */
    static final class CpuOnly {
        private CpuOnly() {}

        public static void main(String[] arguments) {
            try (Backend cpu = Backends.open("cpu")) {
                System.out.println(cpu.devices().get(0).filled(Shape.of(3), 1).read()[2]);
            }
        }
    }

    private static String probe(Path driverFolder, Path temporary) throws IOException {
        return VirtualMachine.run(List.of("-Djava.io.tmpdir=" + temporary), ProbeOnly.class, driverFolder.toString());
    }

    @Test
    void isFoundByItsName() {
        assertThat(Backends.named("cuda")).isInstanceOf(CudaBackendProvider.class);
    }

    @Test
    void aMissingDriverIsTheReasonAndOpeningRepeatsIt() {
        CudaBackendProvider provider = new CudaBackendProvider(List.of(folder));
        Probe probe = provider.probe();

        assertThat(probe.available()).isFalse();
        assertThat(probe.detail()).contains("no NVIDIA driver");
        assertThatThrownBy(() -> provider.open(BackendOptions.defaults(provider)))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKEND_UNAVAILABLE))
                .hasMessage("backend cuda: " + probe.detail() + ". " + probe.remedy());
    }

    @Test
    void withoutADriverNothingIsUnpacked() throws IOException {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));

        assertThat(probe(Files.createDirectory(folder.resolve("empty")), temporary))
                .contains("available=false", "no NVIDIA driver");
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void jcudaIsLoadedNeitherForTheCpuNorWithoutADriver() throws IOException {
        Path log = folder.resolve("classes");
        List<String> options = List.of("-Xlog:class+load:file=" + log);

        assertThat(VirtualMachine.run(options, CpuOnly.class)).contains("1.0");
        assertThat(Files.readString(log))
                .contains(" " + CudaBackendProvider.class.getName())
                .doesNotContain(" jcuda.");
        assertThat(VirtualMachine.run(options, ProbeOnly.class, folder.toString()))
                .contains("no NVIDIA driver");
        assertThat(Files.readString(log))
                .contains(" " + CudaBackendProvider.class.getName())
                .doesNotContain(" jcuda.");
    }

    @Test
    void aDriverThatCannotBeLoadedIsSaidToBeSo() throws IOException {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        Path driver = Files.createFile(folder.resolve("libcuda.so.1"));

        assertThat(probe(folder, temporary)).contains("available=false", driver + ") cannot be used: ", "too short");
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void describesTheDevicesAndUsesAsManyAsAsked() {
        CudaBackendProvider provider = EmulatedDriver.provider();

        assertThat(provider.probe().detail()).contains("GPU(s)", "compute capability", "driver for CUDA");
        try (Backend one = provider.open(BackendOptions.of(provider, Map.of("devices", 1L)))) {
            assertThat(one.devices())
                    .singleElement()
                    .satisfies(device -> assertThat(device.toString()).contains("cuda:0", "MiB"));
        }
        Map<String, Long> threeOfTheFirst = Map.of("devices", 3L, "devices-per-gpu", 3L);
        try (Backend three = provider.open(BackendOptions.of(provider, threeOfTheFirst))) {
            assertThat(three.devices())
                    .extracting(device ->
                            ((CudaDevice) device.kernels()).gpu().properties().ordinal())
                    .containsExactly(0, 0, 0);
        }
        assertThatThrownBy(() -> provider.open(BackendOptions.of(provider, Map.of("devices", 64L))))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("tandem.cuda.devices: more than this machine has, got 64");
    }
}

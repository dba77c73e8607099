package dev.tandem.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.Backends;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Probe;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaBackendProviderTest {
    @TempDir
    Path folder;

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
    void aDriverWithoutKernelsIsSaidToBeSo() throws IOException {
        Path driver = Files.createFile(folder.resolve("libcuda.so.1"));
        Probe probe = new CudaBackendProvider(List.of(folder)).probe();

        assertThat(probe.available()).isFalse();
        assertThat(probe.detail()).contains(driver.toString(), "no CUDA kernels yet");
    }
}

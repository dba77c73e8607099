package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendsTest {
    @TempDir
    Path folder;

    @Test
    void aProviderThatCannotBeMadeIsNamed() throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.writeString(services.resolve(BackendProvider.class.getName()), "dev.tandem.absent.Provider\n");
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader broken =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            thread.setContextClassLoader(broken);
            assertThatThrownBy(Backends::providers)
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("dev.tandem.absent.Provider")
                    .hasMessageContaining("Remove its jar from the class path");
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}

package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocationsTest {
    /** Has one scheme, under a folder of this machine. */
    public static final class Lake implements LocationProvider {
        private static int made;

        public Lake() {
            made++;
        }

        @Override
        public boolean takes(String scheme) {
            return scheme.equals("lake");
        }

        @Override
        public Path path(String location) {
            return Path.of("/lake", location.substring("lake://".length()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b", "/a b/c%20d", "C:/x", "file", "a:b", "x:/y"})
    void whatHasNoSchemeIsAPathOfThisMachine(String text) {
        assertThat(Locations.path(text)).isEqualTo(Path.of(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:/a%20b/c", "file:///a%20b/c"})
    void aUriOfAFileIsItsPath(String text) {
        assertThat(Locations.path(text)).isEqualTo(Path.of("/a b/c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hdfs://host/x", "s3a://bucket"})
    void aSchemeWithoutAFileSystemIsRefused(String text) {
        assertThatThrownBy(() -> Locations.path(text))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("no file system for " + text.substring(0, text.indexOf("/")) + "//")
                .hasMessageContaining("got " + text)
                .hasMessageContaining("Spark");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\0b", "file:/%", "file://host/x"})
    void whatCannotBeAPathIsRefused(String text) {
        assertThatThrownBy(() -> Locations.path(text))
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }

    @Test
    void providersOfTheContextClassLoaderAreFound(@TempDir Path folder) throws IOException {
        Path services = folder.resolve("META-INF/services/" + LocationProvider.class.getName());
        Files.createDirectories(services.getParent());
        Files.writeString(services, Lake.class.getName());
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            assertThat(Locations.path("lake://deep/blue sea")).isEqualTo(Path.of("/lake/deep/blue sea"));
            assertThat(Locations.path("lake://deep/green")).isEqualTo(Path.of("/lake/deep/green"));
            assertThat(Lake.made).as("once for all").isEqualTo(1);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}

package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserCacheTest {
    @ParameterizedTest
    @CsvSource({
        "Linux,      /home/user/.cache/tandem",
        "Mac OS X,   /home/user/Library/Caches/tandem",
        "Windows 11, /local/tandem",
    })
    void eachSystemHasItsOwn(String system, String expected) {
        assertThat(UserCache.folder(Map.of("LOCALAPPDATA", "/local"), system, "/home/user"))
                .contains(Path.of(expected));
    }

    @Test
    void theEnvironmentNamesIt() {
        assertThat(UserCache.folder(Map.of("XDG_CACHE_HOME", "/cache"), "Mac OS X", "/home/user"))
                .contains(Path.of("/cache/tandem"));
        assertThat(UserCache.folder(Map.of("XDG_CACHE_HOME", " "), "Linux", "/home/user"))
                .contains(Path.of("/home/user/.cache/tandem"));
    }

    @Test
    void aUserMayHaveNone() {
        Optional<Path> none = UserCache.folder(Map.of(), "Linux", "?");

        assertThat(none).isEmpty();
        assertThat(UserCache.folder(Map.of(), "Windows 11", "\0")).isEmpty();
    }
}

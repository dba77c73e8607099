package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeCacheTest {
    @TempDir
    Path temporary;

    @Test
    void takesAFolderOfItsOwn() throws IOException {
        Path folder = temporary.resolve(".javacpp-me");

        assertThat(NativeCache.problem(folder, Files.getOwner(temporary))).isEmpty();

        assertThat(folder.resolve("cache")).isDirectory();
    }

    @Test
    void refusesAFolderThatAnotherUserOwns() throws IOException {
        UserPrincipal another = () -> "another";

        assertThat(NativeCache.problem(temporary.resolve(".javacpp-me"), another))
                .hasValueSatisfying(problem -> assertThat(problem).contains("another user", "cachedir"));
    }

    @Test
    void refusesAFolderThatEverybodyMayWrite() throws IOException {
        Path cache = Files.createDirectories(temporary.resolve(".javacpp-me/cache"));
        Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(NativeCache.problem(cache.getParent(), Files.getOwner(temporary)))
                .isPresent();
    }

    @Test
    void refusesALink() throws IOException {
        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        Path link = Files.createSymbolicLink(temporary.resolve(".javacpp-me"), elsewhere);

        assertThat(NativeCache.problem(link, Files.getOwner(temporary))).isPresent();
    }
}

package dev.tandem.spi;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeCacheTest {
    private static final String PROCESS_LIMIT = "org.bytedeco.javacpp.maxPhysicalBytes";

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

    @Test
    void aFolderIsUsableIfLibrariesCanBeUnpackedThere() throws IOException {
        Path folder = temporary.resolve("not/there/yet");
        assertThat(NativeCache.unusable(folder)).isEmpty();
        assertThat(folder).isEmptyDirectory();
        Path file = Files.createFile(temporary.resolve("file"));
        assertThat(NativeCache.unusable(file.resolve("cache"))).isPresent();
    }

    @Test
    void aFolderOfWindowsIsUsable() throws IOException {
        Configuration windows = Configuration.windows().toBuilder()
                .setAttributeViews("basic", "owner")
                .build();
        try (FileSystem disk = Jimfs.newFileSystem(windows)) {
            Path folder = disk.getPath("C:\\Users\\somebody\\.javacpp\\cache");
            assertThat(NativeCache.unusable(folder)).isEmpty();
            assertThat(Files.isDirectory(folder)).isTrue();
            assertThat(NativeCache.problem(folder.getParent(), Files.getOwner(folder)))
                    .isEmpty();
        }
    }

    @Test
    void theFolderThatWasNamedIsTheOnlyOne() throws IOException {
        String before = System.getProperty("org.bytedeco.javacpp.cachedir");
        Path file = Files.createFile(temporary.resolve("file"));
        try {
            System.setProperty("org.bytedeco.javacpp.cachedir", file.toString());
            assertThat(NativeCache.folder()).isEqualTo(file);
            assertThat(NativeCache.problem())
                    .hasValueSatisfying(problem -> assertThat(problem)
                            .contains(file + ", cannot be used: ", "-Dorg.bytedeco.javacpp.cachedir=DIR"));
            assertThat(NativeCache.remedy()).as("the problem tells it").isEmpty();
        } finally {
            if (before == null) {
                System.clearProperty("org.bytedeco.javacpp.cachedir");
            } else {
                System.setProperty("org.bytedeco.javacpp.cachedir", before);
            }
        }
    }

    /** JavaCPP, which reads its limit when it is initialized and never again. */
    private static final class JavaCpp {
        private Long limit;

        long limit() {
            if (limit == null) {
                limit = Long.valueOf(System.getProperty(PROCESS_LIMIT, "2000"));
            }
            return limit;
        }
    }

    @Test
    void javaCppHasNoLimitOnTheProcessUnlessTheUserSetOne() {
        JavaCpp javaCpp = new JavaCpp();
        NativeCache.liftProcessLimit(javaCpp::limit);
        assertThat(javaCpp.limit()).isZero();
        assertThat(System.getProperty(PROCESS_LIMIT)).as("for others").isNull();

        JavaCpp limited = new JavaCpp();
        System.setProperty(PROCESS_LIMIT, "3000");
        try {
            NativeCache.liftProcessLimit(limited::limit);
            assertThat(System.getProperty(PROCESS_LIMIT)).isEqualTo("3000");
        } finally {
            System.clearProperty(PROCESS_LIMIT);
        }
        assertThat(limited.limit()).isEqualTo(3000);
    }
}

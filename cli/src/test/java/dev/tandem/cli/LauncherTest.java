package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher {@code ./tandem}, in a checkout of one source, with a Java and a Maven that only tell what they are
 * asked.
 */
class LauncherTest {
    private static final String JAVA = """
            #!/bin/bash
            [[ "$*" = *ArchiveClassesAtExit* ]] && exit 1
            [ -z "$JAVA_WAITS" ] || read -r line
            printf 'charmap %s\\n' "$(locale charmap)"
            printf 'argument %s\\n' "$@"
            while [ "$1" != -cp ]; do shift; done
            IFS=:
            for jar in $2; do echo "jar $(cat "$jar")"; done
            """;
    private static final String MAVEN = """
            #!/bin/bash
            mkdir -p cli/target
            cat core/spi/src/main/A.java >cli/target/tandem-cli.jar
            echo "$LIBRARY" >cli/target/classpath
            echo built >>"$BUILDS"
            """;

    @TempDir
    Path temporary;

    private Path home;
    private Path source;
    private Path tools;

    private record Outcome(int status, String out, String err) {
        List<String> lines(String kind) {
            return out.lines()
                    .filter(line -> line.startsWith(kind + " "))
                    .map(line -> line.substring(kind.length() + 1))
                    .toList();
        }
    }

    @BeforeEach
    void checkout() throws IOException {
        Path launcher = Path.of("..", "tandem").toAbsolutePath();
        assumeTrue(Files.isExecutable(launcher) && Files.isExecutable(Path.of("/usr/bin/flock")), "no bash or flock");
        home = Files.createDirectories(temporary.resolve("a check out"));
        Files.copy(launcher, home.resolve("tandem"));
        source = home.resolve("core/spi/src/main/A.java");
        Files.createDirectories(source.getParent());
        write(source, "first", Instant.now().minusSeconds(60));
        write(home.resolve("pom.xml"), "", Instant.now().minusSeconds(60));
        tools = Files.createDirectories(temporary.resolve("tools/bin"));
        tool("java", JAVA);
        tool("mvn", MAVEN);
        java("17.0.1");
        Files.writeString(temporary.resolve("library.jar"), "library");
    }

    private void tool(String name, String script) throws IOException {
        Files.writeString(tools.resolve(name), script);
        Files.setPosixFilePermissions(tools.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void java(String version) throws IOException {
        Files.writeString(tools.resolveSibling("release"), "JAVA_VERSION=\"" + version + "\"\n");
    }

    private static void write(Path file, String text, Instant time) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(time));
    }

    private Process start(Path checkout, Map<String, String> more, String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("bash", checkout.resolve("tandem").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(command).directory(temporary.toFile());
        process.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.startsWith("JAVA"));
        process.environment()
                .putAll(Map.of(
                        "PATH",
                        tools + ":/usr/bin:/bin",
                        "LIBRARY",
                        temporary.resolve("library.jar").toString(),
                        "BUILDS",
                        temporary.resolve("builds").toString(),
                        "LANG",
                        "C.UTF-8"));
        process.environment().putAll(more);
        return process.start();
    }

    private static Outcome end(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), out, err);
    }

    private Outcome run(Path checkout, Map<String, String> more, String... arguments)
            throws IOException, InterruptedException {
        return end(start(checkout, more, arguments));
    }

    private int builds() throws IOException {
        return Files.readAllLines(temporary.resolve("builds")).size();
    }

    @Test
    void buildsOnceAndAgainWhenASourceHasChanged() throws IOException, InterruptedException {
        Outcome first = run(home, Map.of(), "train", "--data", "my photographs", "*");
        assertThat(first.status()).as(first.err()).isZero();
        assertThat(first.lines("argument")).endsWith("train", "--data", "my photographs", "*");
        assertThat(first.err()).contains("Building Tandem");
        assertThat(run(home, Map.of(), "train").err()).isEmpty();
        // A file that is newer but the same, as after a copy or a change of branches.
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(run(home, Map.of(), "train").err()).isEmpty();
        assertThat(builds()).isEqualTo(1);
        write(source, "second", Instant.now().plusSeconds(60));
        assertThat(run(home, Map.of(), "train").status()).isZero();
        assertThat(builds()).isEqualTo(2);
    }

    @Test
    void aRebuildLeavesTheJarsOfARunningProcess() throws IOException, InterruptedException {
        run(home, Map.of(), "--version");
        Process running = start(home, Map.of("JAVA_WAITS", "1"), "train");
        Thread.sleep(1000); // until it has chosen its jars; a slower start fails nothing
        write(source, "second", Instant.now().plusSeconds(60));
        assertThat(run(home, Map.of(), "--version").out()).contains("jar second");
        Outcome old = end(running);
        assertThat(old.status()).as(old.err()).isZero();
        assertThat(old.lines("jar")).containsExactly("first", "library");
        write(source, "third", Instant.now().plusSeconds(120));
        run(home, Map.of(), "--version");
        try (Stream<Path> left = Files.list(home.resolve(".tandem-builds"))) {
            assertThat(left.filter(Files::isDirectory)).hasSize(1);
        }
    }

    @Test
    void aCopyInAFolderThatNoClassPathCanNameRuns() throws IOException, InterruptedException {
        run(home, Map.of(), "--version");
        Path copy = temporary.resolve("a:b!");
        assertThat(new ProcessBuilder("cp", "-r", home.toString(), copy.toString())
                        .start()
                        .waitFor())
                .isZero();
        Outcome copied = run(copy, Map.of(), "--version");
        assertThat(copied.status()).as(copied.err()).isZero();
        assertThat(copied.err()).isEmpty();
        assertThat(copied.lines("jar")).containsExactly("first", "library");
        assertThat(copied.out()).doesNotContain("a:b!/.tandem-builds");
        Files.delete(copy.resolve(".tandem-builds/current"));
        Outcome building = run(copy, Map.of(), "--version");
        assertThat(building.status()).isEqualTo(1);
        assertThat(building.err()).contains("cannot build in a folder with ':'");
    }

    @Test
    void namesOfFilesAreReadAsUtf8WithoutALocale() throws IOException, InterruptedException {
        run(home, Map.of(), "--version");
        for (Map<String, String> environment :
                List.of(Map.of("LANG", "C"), Map.of("LC_ALL", "POSIX"), Map.of("LANG", "xx_YY.UTF-8"))) {
            assertThat(run(home, environment, "--version").lines("charmap"))
                    .as(environment.toString())
                    .containsExactly("UTF-8");
        }
    }

    @Test
    void eachJavaGetsItsOptions() throws IOException, InterruptedException {
        assertThat(run(home, Map.of(), "--version").out()).doesNotContain("native-access");
        java("25.0.3");
        assertThat(run(home, Map.of(), "--version").lines("argument"))
                .contains("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
        java("11.0.2");
        Outcome old = run(home, Map.of(), "--version");
        assertThat(old.status()).isEqualTo(1);
        assertThat(old.err()).contains("Java is too old, got version 11.0.2");
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void needsNoTemporaryFolder() throws IOException, InterruptedException {
        Outcome outcome = run(home, Map.of("TMPDIR", "/nonexistent"), "--version");
        assertThat(outcome.status()).as(outcome.err()).isZero();
    }

    @Test
    void aFailedBuildLeavesTheEarlierOne() throws IOException, InterruptedException {
        run(home, Map.of(), "--version");
        write(source, "broken", Instant.now().plusSeconds(60));
        tool("mvn", "#!/bin/bash\nexit 1\n");
        Outcome failed = run(home, Map.of(), "--version");
        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.err()).endsWith("tandem: the build failed; see the errors above.\n");
        write(source, "first", Instant.now().plusSeconds(60));
        assertThat(run(home, Map.of(), "--version").out()).contains("jar first");
    }

    @Test
    void jarsOfOnesOwnComeLastOnTheClassPath() throws IOException, InterruptedException {
        Files.writeString(temporary.resolve("my recipe.jar"), "recipe");
        Files.writeString(temporary.resolve("other.jar"), "other");
        Outcome outcome = run(home, Map.of("TANDEM_CLASSPATH", "my recipe.jar:" + temporary + "/other.jar"), "doctor");
        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.lines("jar")).containsExactly("first", "library", "recipe", "other");
        Outcome missing = run(home, Map.of("TANDEM_CLASSPATH", "none.jar"), "doctor");
        assertThat(missing.status()).isEqualTo(1);
        assertThat(missing.err())
                .contains("a jar of TANDEM_CLASSPATH cannot be read, got 'none.jar', expected a jar or a folder");
    }
}

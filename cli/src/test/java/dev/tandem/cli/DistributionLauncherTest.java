package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher of the distribution, {@code bin/tandem}, beside a runtime whose Java only tells what it is asked. */
class DistributionLauncherTest {
    private static final String JAVA = """
            #!/bin/bash
            printf 'charmap %s\\n' "$(locale charmap)"
            printf 'argument %s\\n' "$@"
            exit 7
            """;

    @TempDir
    Path temporary;

    private Path home;

    private record Outcome(int status, String out, String err) {
        List<String> arguments() {
            return out.lines()
                    .filter(line -> line.startsWith("argument "))
                    .map(line -> line.substring(9))
                    .toList();
        }
    }

    @BeforeEach
    void unpacked() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no sh");
        home = unpack("a distribution");
    }

    private Path unpack(String name) throws IOException {
        Path folder = temporary.resolve(name);
        Files.createDirectories(folder.resolve("bin"));
        Files.createDirectories(folder.resolve("runtime/bin"));
        Files.copy(Path.of("../distribution/src/main/bin/tandem"), folder.resolve("bin/tandem"));
        Files.writeString(folder.resolve("runtime/bin/java"), JAVA);
        Files.setPosixFilePermissions(folder.resolve("runtime/bin/java"), PosixFilePermissions.fromString("rwxr-xr-x"));
        java(folder, "17.0.15");
        return folder;
    }

    private static void java(Path folder, String version) throws IOException {
        Files.writeString(
                folder.resolve("runtime/release"), "JAVA_VERSION=\"" + version + "\"\nMODULES=\"java.base\"\n");
    }

    private Outcome run(Path launcher, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", launcher.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(temporary.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), out, err);
    }

    @Test
    void runsTheJavaBesideItInAnEmptyEnvironment() throws IOException, InterruptedException {
        Outcome outcome = run(home.resolve("bin/tandem"), Map.of(), "train", "--data", "my photographs", "*", "");
        assertThat(outcome.status()).as(outcome.err()).isEqualTo(7);
        assertThat(outcome.arguments())
                .contains("-XX:+UseSerialGC", "-Dtandem.home=" + home, "-Dtandem.terminal=false")
                .doesNotContain("--enable-native-access=ALL-UNNAMED")
                .endsWith(
                        "-cp",
                        home + "/lib/*",
                        "dev.tandem.cli.TandemCommand",
                        "train",
                        "--data",
                        "my photographs",
                        "*",
                        "");
        assertThat(outcome.out()).contains("charmap UTF-8\n");
    }

    @Test
    void newerJavaGetsItsOptions() throws IOException, InterruptedException {
        java(home, "25.0.3");
        assertThat(run(home.resolve("bin/tandem"), Map.of(), "doctor").arguments())
                .contains("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    }

    @Test
    void optionsOfOnesOwnComeLastAndMayChooseTheCollector() throws IOException, InterruptedException {
        Map<String, String> own = Map.of("TANDEM_JAVA_OPTS", "-Xmx9g -XX:+UseZGC");
        assertThat(run(home.resolve("bin/tandem"), own, "doctor").arguments())
                .containsSubsequence("-Djava.awt.headless=true", "-Xmx9g", "-XX:+UseZGC", "-cp")
                .doesNotContain("-XX:+UseSerialGC");
    }

    @Test
    void runsThroughLinks() throws IOException, InterruptedException {
        Path link = Files.createSymbolicLink(temporary.resolve("first"), Path.of("a distribution/bin/tandem"));
        Path second = Files.createSymbolicLink(temporary.resolve("second"), link);
        assertThat(run(second, Map.of(), "doctor").arguments()).contains("-Dtandem.home=" + home);
    }

    @Test
    void jarsOfOnesOwnComeLastOnTheClassPath() throws IOException, InterruptedException {
        Files.writeString(temporary.resolve("my recipe.jar"), "recipe");
        Map<String, String> own = Map.of("TANDEM_CLASSPATH", "my recipe.jar:" + temporary);
        assertThat(run(home.resolve("bin/tandem"), own, "doctor").arguments())
                .contains(home + "/lib/*:my recipe.jar:" + temporary);
        Outcome missing = run(home.resolve("bin/tandem"), Map.of("TANDEM_CLASSPATH", "none.jar"), "doctor");
        assertThat(missing.status()).isEqualTo(1);
        assertThat(missing.err()).contains("a jar of TANDEM_CLASSPATH cannot be read, got 'none.jar', expected a jar");
    }

    @Test
    void refusesAFolderThatNoClassPathCanName() throws IOException, InterruptedException {
        Outcome outcome = run(unpack("a:b").resolve("bin/tandem"), Map.of(), "doctor");
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).contains("Java cannot run from a folder with ':' or '!' in its name");
        Files.delete(home.resolve("runtime/bin/java"));
        assertThat(run(home.resolve("bin/tandem"), Map.of(), "doctor").err())
                .contains("the Java of the distribution is missing, got no " + home + "/runtime/bin/java");
    }
}

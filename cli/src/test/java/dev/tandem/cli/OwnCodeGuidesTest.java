package dev.tandem.cli;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.tandem.testkit.TestPhotographs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** The Java of the guides, compiled and run as they say. */
class OwnCodeGuidesTest {
    @TempDir
    static Path before;

    private static Path trained;

    @TempDir
    Path folder;

    @BeforeAll
    static void train() throws IOException {
        TestPhotographs.folder(before.resolve("photos"), 2, 1);
        Guide.of("library", before).run("./tandem train --run runs/NAME");
        trained = before.resolve("runs/NAME");
    }

    @BeforeEach
    void photographs() throws IOException {
        TestPhotographs.folder(folder.resolve("photos"), 2, 1);
    }

    @Test
    void aLayerOfOnesOwn() throws IOException {
        Guide guide = Guide.of("own-layer", folder);
        guide.writeFiles();
        guide.run();
        assertThat(folder.resolve("runs/mine/checkpoints/best.safetensors")).isNotEmptyFile();
        guide.compileInto("mine", folder.resolve("ChannelScaleTest.java"));
        assertPassed(guide, "ChannelScaleTest", 1, "gradientsShapesShardsAndDevicesAgree");
    }

    /** Of the suite, what its own families serve, and one comparison of each borrowed one. */
    @Test
    void aBackendOfOnesOwn() throws IOException {
        Guide guide = Guide.of("own-backend", folder);
        guide.writeFiles();
        guide.run();
        assertThat(folder.resolve("runs/mine/config.conf")).content().contains("mine");
        guide.compileInto("mine", folder.resolve("MyBackendTest.java"));
        assertPassed(guide, "MyBackendTest", 400, "memory", "elementwise", "staleOutputs", "errors");
    }

    private void assertPassed(Guide guide, String test, int least, String... methods) throws IOException {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        try (Guide.Loaded classes = guide.load("mine")) {
            LauncherFactory.create()
                    .execute(
                            LauncherDiscoveryRequestBuilder.request()
                                    .selectors(Stream.of(methods)
                                            .map(method -> selectMethod(classes.loader(), test, method))
                                            .toList())
                                    .build(),
                            listener);
        }
        TestExecutionSummary summary = listener.getSummary();
        StringWriter failures = new StringWriter();
        summary.printFailuresTo(new PrintWriter(failures));
        assertThat(summary.getTotalFailureCount()).as(failures.toString()).isZero();
        assertThat(summary.getTestsSucceededCount()).isGreaterThanOrEqualTo(least);
    }

    @Test
    void programsOfOnesOwn() throws Exception {
        Guide guide = Guide.of("library", folder);
        List<Path> files = guide.writeFiles();
        guide.compileInto("programs", files.toArray(Path[]::new));
        String photo = folder.resolve("photos/val/red/image0.png").toString();
        try (Guide.Loaded classes = guide.load("programs")) {
            assertThat(printed(classes, "Halves").lines()).hasSize(5).last().isEqualTo("epoch 5: error 0.0");
            assertThat(printed(classes, "Classify", trained.toString(), photo).lines())
                    .hasSize(3)
                    .allMatch(line -> line.matches(" *[0-9.]+ %  (blue|green|red)"));
        }
    }

    private static String printed(Guide.Loaded classes, String program, String... arguments) throws Exception {
        PrintStream usual = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            Class.forName(program, true, classes.loader())
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) arguments);
        } finally {
            System.setOut(usual);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The README's few lines, in a method that has what they name. */
    @Test
    void theSampleOfTheReadme() throws Exception {
        Guide guide = new Guide(Path.of("../README.md"), folder);
        String samples = Pattern.compile("(?s)```java\n(.*?)```")
                .matcher(Files.readString(guide.page()))
                .results()
                .map(block -> block.group(1))
                .collect(joining());
        String run = trained.toString().replace("\\", "\\\\");
        assertThat(samples).contains("runs/NAME");
        Path source = folder.resolve("Sample.java");
        Files.writeString(source, """
                import dev.tandem.runtime.*;
                import java.nio.file.*;
                import java.util.List;

                public final class Sample {
                    public static void main(String[] args) throws Exception {
                        Path photo = Path.of(args[0]);
                        byte[] bytes = Files.readAllBytes(photo);
                        List<Path> images = List.of(photo, photo);
                %s
                    }
                }
                """.formatted(samples.replace("runs/NAME", run)));
        guide.compileInto("programs", source);
        try (Guide.Loaded classes = guide.load("programs")) {
            printed(
                    classes,
                    "Sample",
                    folder.resolve("photos/val/red/image0.png").toString());
        }
    }
}

package dev.tandem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the guides for those who begin, one after the other. */
class GuidesTest {
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:[0-9]+/");

    @TempDir
    Path folder;

    @BeforeEach
    void photographs() throws IOException {
        Path photos = TestPhotographs.folder(folder.resolve("photos"), 4, 2);
        for (String name : List.of("photo.jpg", "one.jpg", "two.png")) {
            Files.copy(photos.resolve("val/red/image0.png"), folder.resolve(name));
        }
    }

    @Test
    void aFirstTraining() throws IOException {
        Guide.of("first-training", folder).run();
        Path run = folder.resolve("runs/first");
        String page = Files.readString(Path.of("../docs/first-training.md"));
        for (String file : List.of("curves.png", "kernels.png", "log.jsonl", "config.conf", "classes.txt")) {
            assertThat(run.resolve(file)).isNotEmptyFile();
            assertThat(page).contains("`" + file + "`");
        }
        assertThat(run.resolve("report.html")).isNotEmptyFile();
        assertThat(folder.resolve("both.html")).isNotEmptyFile();
        assertThat(folder.resolve("explained")).isNotEmptyDirectory();
    }

    @Test
    void ownPhotographs() throws IOException {
        Files.move(folder.resolve("photos"), folder.resolve("both"));
        Files.move(folder.resolve("both/train"), folder.resolve("photos"));
        Guide.of("own-photographs", folder).run();
        assertThat(Files.readAllLines(folder.resolve("runs/mine/classes.txt"))).isEqualTo(TestPhotographs.CLASSES);
        assertThat(folder.resolve("pictures")).isNotEmptyDirectory();
        assertThat(folder.resolve("mine.onnx")).isNotEmptyFile();
    }

    @Test
    void onGpus() throws IOException {
        assertThat(GuideCommands.lines(Path.of("../docs/gpu.md"))).anyMatch(line -> line.contains("backend=cuda"));
        Guide.of("gpu", folder).run();
        String page = Files.readString(Path.of("../docs/gpu.md"));
        List<String> settings = Invocation.of("doctor")
                .out()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("tandem.cuda."))
                .toList();
        assertThat(settings).hasSizeGreaterThan(5);
        for (String setting : settings) {
            String name = setting.substring(0, setting.indexOf(' '));
            String standard = setting.replaceFirst(".*default ([^)]+)\\).*", "$1");
            assertThat(page).contains("| `" + name + "` | " + standard + " |");
        }
    }

    /**
     * What shows and serves runs until it is stopped is stopped when it says how; curl asks what the page asks. The
     * reports are those of the first training.
     */
    @Test
    @Timeout(300)
    void pagesAndService() throws IOException {
        Guide guide = Guide.of("pages-and-service", folder);
        List<String> lines = GuideCommands.lines(guide.page());
        List<String> requests =
                lines.stream().filter(line -> line.startsWith("curl ")).toList();
        assertThat(requests).hasSize(3);
        String training = "./tandem train --tensorboard --run runs/board";
        guide.run(training);
        copy(folder.resolve("runs/board"), folder.resolve("runs/first"));
        Set<String> others = Set.copyOf(GuideCommands.lines(Path.of("../docs/first-training.md")));
        List<String> left = lines.stream()
                .filter(line -> !others.contains(line) && !line.equals(training))
                .toList();
        assertThat(left).hasSize(lines.size() - 3);
        for (String line : left) {
            if (line.startsWith("./tandem serve ")) {
                assertThat(answers(guide, line, requests))
                        .hasSize(3)
                        .allMatch(answer -> answer.startsWith("{"))
                        .satisfies(all -> assertThat(all.get(0)).contains("\"predictions\""))
                        .satisfies(all -> assertThat(all.get(2)).contains("\"features\""));
            } else if (line.startsWith("./tandem view")) {
                assertThat(answers(guide, line, List.of("curl http://127.0.0.1:8080/api/runs")))
                        .singleElement()
                        .asString()
                        .contains("\"id\":\"first\"", "\"id\":\"board\"");
            } else {
                assertThat(line).startsWith("curl ");
            }
        }
        assertThat(folder.resolve("runs/board/tensorboard")).isNotEmptyDirectory();
    }

    /** What a server answers to requests before it is stopped. */
    private List<String> answers(Guide guide, String line, List<String> requests) {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "skipped: no curl");
        List<String> words = GuideCommands.words(line);
        GuideCommands.set(words, "--port", "0");
        words.add("--json");
        if (words.contains("view")) {
            GuideCommands.set(words, "--runs", "runs");
        }
        List<String> answers = new ArrayList<>();
        List<String> address = new ArrayList<>();
        Invocation done = Invocation.of(
                (interrupt, text) -> {
                    Matcher found = ADDRESS.matcher(text);
                    if (address.isEmpty() && found.find()) {
                        address.add(found.group());
                    }
                    if (text.startsWith("Ctrl-C")) {
                        for (String request : requests) {
                            answers.add(answer(request.replace("http://127.0.0.1:8080/", address.get(0))));
                        }
                        interrupt.request();
                    }
                },
                guide.arguments(words));
        Guide.assertDone(line, done);
        return answers;
    }

    private String answer(String request) {
        List<String> words = GuideCommands.words(request);
        words.add(1, "--silent");
        try {
            Process curl = new ProcessBuilder(words)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .start();
            String answer = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(curl.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}

package dev.tandem.spark.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.spark.TestSession;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/cluster.md, one after the other, on two cores, with folders in place of HDFS. */
class ClusterGuideTest {
    private static final Path GUIDE = Path.of("../docs/cluster.md");
    private static final String DEFINITION = "submit() { spark-submit --master ";

    @TempDir
    Path folder;

    @Test
    void everyCommandOfTheGuideWorks() throws IOException {
        Path archives = TestPhotographs.folder(folder.resolve("archives"), 2, 1);
        Path photographs = Files.createDirectories(folder.resolve("photographs"));
        Files.copy(archives.resolve("val/red/image0.png"), photographs.resolve("red.png"));
        List<String> commands = new ArrayList<>();
        for (String line : Pattern.compile("(?s)```sh\n(.*?)```")
                .matcher(Files.readString(GUIDE))
                .results()
                .flatMap(block -> block.group(1).lines())
                .toList()) {
            if (!line.startsWith(DEFINITION)) {
                assertThat(line).startsWith("submit ");
                commands.add(line.substring("submit ".length()));
            }
        }
        assertThat(commands).hasSize(6);
        commands.forEach(this::assertDone);
        assertThat(folder.resolve("classes/_SUCCESS")).exists();
        assertThat(folder.resolve("features/_SUCCESS")).exists();
        assertThat(folder.resolve("runs/paper/curves.png")).isNotEmptyFile();
    }

    private void assertDone(String command) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.replaceAll(word -> word.replace("'", "")
                .replace("hdfs://namenode", folder.toString())
                .replaceAll("^runs/", folder + "/runs/"));
        if (words.get(0).equals("train")) {
            words.set(words.indexOf("paper"), "tiny-paper");
            words.addAll(List.of("--epochs", "1", "--batch", "6"));
        }
        StringWriter text = new StringWriter();
        TestSession.local(2);
        int status = TandemSparkCommand.execute(
                new PrintWriter(text, true), new PrintWriter(text, true), words.toArray(String[]::new));
        assertThat(status).as("%s%n%s", words, text).isZero();
    }
}

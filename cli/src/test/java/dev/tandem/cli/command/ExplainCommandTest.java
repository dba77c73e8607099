package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What explain draws and tells, and refuses. */
class ExplainCommandTest {
    @TempDir
    static Path folder;

    private static Path run;
    private static Path data;

    @BeforeAll
    static void train() throws IOException {
        run = folder.resolve("run");
        data = TestPhotographs.folder(folder.resolve("data"), 4, 2);
        Invocation trained = Invocation.tiny(
                "train", "--data", data.toString(), "--run", run.toString(), "--batch", "6", "--epochs", "2");
        assertThat(trained.status()).as(trained.err()).isZero();
    }

    private static Invocation explain(String... more) {
        List<String> all = new ArrayList<>(List.of("explain", "--run", run.toString()));
        all.addAll(List.of(more));
        return Invocation.of(all.toArray(String[]::new));
    }

    private static String photograph(String name) {
        return data.resolve("val").resolve(name).toString();
    }

    private static List<String> files(Path of) throws IOException {
        try (Stream<Path> files = Files.walk(of)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> of.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static void assertMisused(Invocation invocation, String... said) {
        assertThat(invocation.err()).contains("Error: ").contains(said).doesNotContain("\tat ");
        assertThat(invocation.status()).isEqualTo(2);
    }

    @Test
    void drawsEachImageAndTellsWhereTheEvidenceIs() throws IOException {
        Path out = folder.resolve("out");
        String same = Files.copy(data.resolve("val/red/image0.png"), folder.resolve("image0.png"))
                .toString();
        Invocation explained = explain(
                photograph("red/image0.png"), photograph("blue/image0.png"), same, "--out", out.toString(), "--json");
        assertThat(explained.status()).as(explained.err()).isZero();
        JsonNode answer = explained.json();
        assertThat(answer.get("images")).hasSize(3);
        assertThat(answer.get("filters")).hasSize(5);
        JsonNode first = answer.get("images").get(0);
        assertThat(first.get("ownClass").asText()).isEqualTo("red");
        assertThat(answer.get("images").get(2).has("ownClass")).isFalse();
        assertThat(first.get("classes")).hasSize(3);
        assertThat(first.get("explained")).isEqualTo(first.get("classes").get(0));
        JsonNode greatest = first.get("gradCam").get("greatest");
        assertThat(first.get("gradCam").get("layer").asText()).isEqualTo("relu5");
        assertThat(greatest.get("x").asInt()).isBetween(0, 55);
        JsonNode least = first.get("occlusion").get("least");
        assertThat(first.get("occlusion").get("window").asInt()).isEqualTo(8);
        assertThat(first.get("occlusion").get("stride").asInt()).isEqualTo(2);
        assertThat(least.get("y").asInt()).isBetween(4, 52);
        assertThat(least.get("value").asDouble())
                .isLessThanOrEqualTo(first.get("explained").get("probability").asDouble());
        assertThat(first.get("pictures").get(0).asText())
                .isEqualTo(out.resolve("red-image0/overview.png").toString());
        // All layers before fc6 but pool5, whose maps have one place in so small a net.
        for (JsonNode image : answer.get("images")) {
            assertThat(image.get("pictures")).hasSize(4 + 14).allSatisfy(file -> {
                assertThat(ImageIO.read(Path.of(file.asText()).toFile())).isNotNull();
            });
        }
        assertThat(files(out))
                .contains(
                        "filters/01-conv1.png",
                        "filters/05-conv5.png",
                        "blue-image0/maps/14-relu5.png",
                        "image0/image.txt")
                .hasSize(5 + 3 * 19);
        assertThat(explained.err()).contains("Covered windows: 1,875 windows", "red by relu5: most evidence at (");
    }

    @Test
    void withoutImagesOnlyTheFiltersAreDrawnBesideTheRun() throws IOException {
        Invocation explained = explain();
        assertThat(explained.status()).as(explained.err()).isZero();
        assertThat(explained.out()).contains("Filters of 5 layers: " + run.resolve("explain/filters"));
        assertThat(files(run.resolve("explain"))).hasSize(5).first().isEqualTo("filters/01-conv1.png");
        assertMisused(
                explain("--layer", "conv3", "--stride", "2"),
                "without an image only the filters are drawn, got --layer, --stride and no image");
    }

    @Test
    void optionsChooseLayerClassAndSquare() throws IOException {
        Invocation explained = explain(
                photograph("green/image1.png"),
                "--layer=conv3",
                "--class=Blue",
                "--window=20",
                "--stride=18",
                "--out=" + folder.resolve("chosen"),
                "--json");
        assertThat(explained.status()).as(explained.err()).isZero();
        JsonNode image = explained.json().get("images").get(0);
        assertThat(image.get("explained").get("name").asText()).isEqualTo("blue");
        assertThat(image.get("gradCam").get("layer").asText()).isEqualTo("relu3");
        assertThat(image.get("occlusion").get("window").asInt()).isEqualTo(20);
        assertThat(explained.err()).contains("Covered windows: 9 windows");
    }

    @Test
    void aBrokenImageIsToldAndTheOthersAreDrawn() throws IOException {
        Path broken = Files.writeString(folder.resolve("page.jpg"), "<html>");
        Path out = folder.resolve("broken");
        Invocation explained = explain(
                broken.toString(),
                folder.resolve("nothing.jpg").toString(),
                photograph("red/image1.png"),
                "--out=" + out,
                "--stride=16",
                "--json");
        assertThat(explained.status()).isEqualTo(1);
        JsonNode images = explained.json().get("images");
        assertThat(images.get(0).get("error").asText()).contains("page.jpg");
        assertThat(images.get(1).get("error").asText()).contains("nothing.jpg: it is no file");
        assertThat(images.get(2).has("error")).isFalse();
        assertThat(explained.err())
                .contains("image " + broken, "Covered windows: 16 windows")
                .doesNotContain("\tat ");
        assertThat(out.resolve("red-image1/overview.png")).exists();
        assertThat(out.resolve("page")).doesNotExist();
    }

    @Test
    void anInterruptLeavesWhatIsDone() throws IOException {
        Path out = folder.resolve("interrupted");
        Invocation explained = Invocation.of(
                (interrupt, text) -> {
                    if (text.contains("image0.png")) {
                        interrupt.request();
                    }
                },
                "explain",
                "--run",
                run.toString(),
                photograph("red/image0.png"),
                photograph("red/image1.png"),
                "--stride=16",
                "--out=" + out,
                "--json");
        assertThat(explained.status()).isEqualTo(130);
        assertThat(explained.json().get("images")).hasSize(1);
        assertThat(explained.json().get("error").get("code").asText()).isEqualTo("INTERRUPTED");
        assertThat(explained.err()).contains("Interrupted behind 1 of 2 images");
        assertThat(files(out)).contains("red-image0/overview.png").noneMatch(file -> file.startsWith("red-image1"));
    }

    @Test
    void whatCannotBeIsRefusedBeforeAnythingIsWritten() {
        String image = photograph("red/image0.png");
        String out = "--out=" + folder.resolve("refused");
        assertMisused(explain(image, out, "--layer=fc7"), "the layer has no maps", "got fc7", "Use conv5");
        assertMisused(explain(image, out, "--layer=conv6"), "no such layer, got conv6", "conv5");
        assertMisused(explain(image, out, "--class=grean"), "no such class, got grean", "Did you mean green?");
        assertMisused(explain(image, out, "--window=57"), "a side of 57 in 3x56x56", "Use a smaller window");
        assertMisused(explain(image, out, "--stride=0"), "moved by 0");
        assertMisused(Invocation.of("explain", "--run", folder.resolve("no-run").toString(), image), "no run is there");
        assertThat(folder.resolve("refused")).doesNotExist();
    }
}

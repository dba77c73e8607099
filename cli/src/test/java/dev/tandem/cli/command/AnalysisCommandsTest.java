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
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of a trained net but its classes. */
class AnalysisCommandsTest {
    @TempDir
    static Path folder;

    private static Path data;
    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 4, 2);
        run = folder.resolve("run");
        String[] args = {"--data", data.toString(), "--run", run.toString(), "--batch", "4", "--epochs", "1"};
        assertThat(Invocation.tiny("train", args).status()).isZero();
        Files.writeString(data.resolve("val/red/page.jpg"), "<html>");
        Files.writeString(data.resolve("val/red/notes.txt"), "a text");
    }

    private static Invocation ofRun(Invocation.Watch watch, String command, String... more) {
        List<String> args = new ArrayList<>(List.of(command, "--json", "--run", run.toString()));
        args.addAll(List.of(more));
        return Invocation.of(watch, args.toArray(String[]::new));
    }

    private static Invocation ofRun(String command, String... more) {
        return ofRun((interrupt, text) -> {}, command, more);
    }

    @Test
    void featuresAreWrittenWithTheirNamesAndWhatWasLeftOut() throws IOException {
        Path out = folder.resolve("features/f.npy");
        Invocation first = ofRun(
                (interrupt, text) -> interrupt.request(),
                "features",
                "--out",
                out.toString(),
                data.resolve("val").toString());
        assertThat(first.status()).as(first.err()).isEqualTo(130);
        assertThat(first.err()).contains("Interrupted behind 0 of 7 images. The same command goes on there.");
        assertThat(out).doesNotExist();

        String image = data.resolve("train/blue/image3.png").toString();
        Invocation features = ofRun(
                "features", "--out", out.toString(), image, data.resolve("val").toString());
        assertThat(features.status()).as(features.err()).isZero();
        assertThat(features.err()).contains("no images by name and content, ignored: 1 (1 .txt)");
        JsonNode answer = features.json();
        assertThat(answer.get("rows").asInt()).isEqualTo(7);
        assertThat(answer.get("shape").toString()).isEqualTo("[16]");
        assertThat(answer.get("layer").asText()).isEqualTo("relu7");
        assertThat(answer.get("skipped").asInt()).isEqualTo(1);
        assertThat(answer.get("imagesPerSecond").asDouble()).isPositive();
        assertThat(Path.of(answer.get("skippedList").asText())).content().contains("page.jpg", "HTML");
        assertThat(Files.readAllLines(Path.of(answer.get("names").asText())))
                .hasSize(7)
                .startsWith(image, data + "/val/blue/image0.png");
        assertThat(out).hasSize(128 + 7 * 16 * 4);
    }

    @Test
    void theNearestAreFoundAndDrawn() throws IOException {
        Path sheet = folder.resolve("sheets/sheet.png");
        String own = data.resolve("train/blue/image1.png").toString();
        String broken = data.resolve("val/red/page.jpg").toString();
        String[] options = {"--gallery", data.toString(), "--count", "3", "--out", sheet.toString(), own, broken};
        Invocation nearest = ofRun("nearest", options);
        assertThat(nearest.status()).as("one image is broken").isEqualTo(1);
        JsonNode answer = nearest.json();
        assertThat(answer.get("galleryImages").asInt()).isEqualTo(18);
        assertThat(answer.get("unusable").toString()).contains("val/red/page.jpg (an HTML page");
        JsonNode found = answer.get("images").get(0).get("nearest");
        assertThat(found).hasSize(3);
        assertThat(found.get(0).get("file").asText()).isNotEqualTo("train/blue/image1.png");
        assertThat(found.get(0).get("distance").asDouble())
                .isPositive()
                .isLessThanOrEqualTo(found.get(1).get("distance").asDouble());
        assertThat(answer.get("images").get(1).get("error").asText()).contains("HTML");
        assertThat(ImageIO.read(sheet.toFile()).getWidth()).isEqualTo(704);
        assertThat(Path.of(answer.get("index").asText())).hasParent(run);

        Files.delete(sheet);
        Invocation again = ofRun("nearest", options);
        assertThat(again.json().get("images")).isEqualTo(answer.get("images"));
        assertThat(again.err()).doesNotContain("Features of");
    }

    @Test
    void brokenImagesAloneAreNamedAndNothingIsSearched() throws IOException {
        String broken = data.resolve("val/red/page.jpg").toString();
        Invocation nearest = ofRun("nearest", "--gallery", data.toString(), broken);
        assertThat(nearest.status()).isEqualTo(1);
        assertThat(nearest.err()).contains("it is no usable image");
        assertThat(nearest.json().get("images").get(0).get("error").asText()).contains("HTML");
    }

    @Test
    void packedImagesHaveTheFeaturesOfTheirPixels() throws IOException {
        Path shards = folder.resolve("shards");
        assertThat(Invocation.of("pack", data.toString(), shards.toString(), "--encoding", "raw", "--side", "60")
                        .status())
                .isZero();
        Path loose = folder.resolve("loose.csv");
        Path packed = folder.resolve("packed.csv");
        assertThat(ofRun("features", "--out", loose.toString(), data.toString()).status())
                .isZero();
        Invocation features = ofRun("features", "--out", packed.toString(), shards.toString());
        assertThat(features.status()).as(features.err()).isZero();
        assertThat(features.json().get("rows").asInt()).isEqualTo(18);
        assertThat(numbers(packed)).containsExactlyInAnyOrderElementsOf(numbers(loose));
    }

    /** The rows of a table without the names. */
    private static List<String> numbers(Path csv) throws IOException {
        return Files.readAllLines(csv).stream()
                .skip(1)
                .map(row -> row.substring(row.indexOf(',')))
                .toList();
    }

    @Test
    void whatIsThereIsKept() throws IOException {
        Path kept = Files.writeString(folder.resolve("kept.csv"), "a table of someone's");
        Path sheet = Files.writeString(folder.resolve("kept.png"), "a picture of someone's");
        String image = data.resolve("val/red/image0.png").toString();
        Invocation features = ofRun("features", "--out", kept.toString(), image);
        assertThat(features.status()).isEqualTo(2);
        assertThat(features.err()).contains("it is there already", "--overwrite");
        Invocation nearest = ofRun("nearest", "--gallery", data.toString(), "--out", sheet.toString(), image);
        assertThat(nearest.status()).isEqualTo(2);
        assertThat(kept).hasContent("a table of someone's");
        assertThat(sheet).hasContent("a picture of someone's");
        assertThat(ofRun("features", "--overwrite", "--out", kept.toString(), image)
                        .status())
                .isZero();
        assertThat(kept).content().contains("image0.png");
    }

    @Test
    void anInterruptedSearchTellsHowToGoOn() {
        Invocation nearest = ofRun(
                (interrupt, text) -> interrupt.request(),
                "nearest",
                "--gallery",
                data.toString(),
                "--index",
                folder.resolve("other.index").toString(),
                data.resolve("train/blue/image1.png").toString());
        assertThat(nearest.status()).as(nearest.err()).isEqualTo(130);
        assertThat(nearest.err()).contains("Interrupted. The same command goes on there");
    }
}

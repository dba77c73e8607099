package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.Invocation;
import dev.tandem.testkit.TestPhotographs;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A report has what evaluate and nearest say of the same run, and says of what is missing why. */
class ReportCommandTest {
    private static final List<String> SUBJECTS =
            List.of("runs", "classes", "confusion", "calibration", "images", "kernels", "layers");

    @TempDir
    static Path folder;

    private static Path data;
    private static Path run;

    @BeforeAll
    static void train() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 6, 4);
        // Two of blue are not what their folder says, so that there is something to be confused.
        for (int i = 0; i < 2; i++) {
            Files.move(data.resolve("val/red/image" + i + ".png"), data.resolve("val/blue/from-red" + i + ".png"));
        }
        run = trained("run", data, "--epochs", "3", "-D", "tandem.train.checkpoint-every=1");
    }

    private static Path trained(String name, Path data, String... more) {
        Path made = folder.resolve(name);
        List<String> args = new ArrayList<>(List.of("--data", data.toString(), "--run", made.toString()));
        args.addAll(List.of("--batch", "6"));
        args.addAll(List.of(more));
        Invocation done = Invocation.tiny("train", args.toArray(String[]::new));
        assertThat(done.status()).as(done.err()).isZero();
        return made;
    }

    private static Invocation report(Path of, String... more) {
        List<String> args = new ArrayList<>(List.of("report", "--run", of.toString(), "--json"));
        args.addAll(List.of(more));
        return Invocation.of(args.toArray(String[]::new));
    }

    private static JsonNode written(Path of, String... more) throws IOException {
        Invocation done = report(of, more);
        assertThat(done.status()).as(done.err()).isZero();
        return done.json();
    }

    private static JsonNode data(Path page, String subject) throws IOException {
        String name = page.getFileName().toString().replace(".html", "-data");
        return new ObjectMapper()
                .readTree(page.resolveSibling(name).resolve(subject + ".json").toFile());
    }

    private static String notes(JsonNode answer) {
        return answer.get("notes").toString();
    }

    private static BufferedImage picture(JsonNode uri, String type) throws IOException {
        String start = "data:image/" + type + ";base64,";
        assertThat(uri.asText()).startsWith(start);
        byte[] bytes = Base64.getDecoder().decode(uri.asText().substring(start.length()));
        return ImageIO.read(new ByteArrayInputStream(bytes));
    }

    @Test
    void figuresAreThoseOfEvaluate() throws IOException {
        Path page = folder.resolve("figures.html");
        JsonNode answer = written(run, "--out", page.toString());
        assertThat(page).content().contains("Tandem report");
        assertThat(answer.get("report").asText()).isEqualTo(page.toString());
        assertThat(answer.get("data")).hasSize(SUBJECTS.size());
        assertThat(answer.get("notes")).isEmpty();
        JsonNode evaluated =
                Invocation.of("evaluate", "--run", run.toString(), "--json").json();
        for (String figure : List.of("top1Error", "top5Error", "logLoss", "images")) {
            assertThat(answer.get(figure)).as(figure).isEqualTo(evaluated.get(figure));
        }
        JsonNode confusion = data(page, "confusion");
        int wrong = 0;
        for (JsonNode cell : confusion.at("/confusion/counts")) {
            int truth = cell.get(0).asInt();
            int predicted = cell.get(1).asInt();
            assertThat(cell.get(2))
                    .isEqualTo(evaluated.get("confusion").get(truth).get(predicted));
            wrong += truth == predicted ? 0 : cell.get(2).asInt();
        }
        assertThat(confusion.at("/confusion/order")).hasSize(3);
        assertThat(wrong).isEqualTo(evaluated.get("wrong").size()).isPositive();
        JsonNode images = data(page, "images");
        assertThat(images.get("mistakes")).hasSize(wrong);
        assertThat(images.get("hardest")).hasSize(12 - wrong);
        for (JsonNode mistake : images.get("mistakes")) {
            assertThat(data.resolve(mistake.get("file").asText())).isRegularFile();
            assertThat(mistake.at("/likeliest/0/label")).isNotEqualTo(mistake.get("truth"));
            assertThat(picture(mistake.get("image"), "jpeg").getWidth()).isEqualTo(128);
        }
        double sum = 0;
        for (JsonNode bin : data(page, "calibration").at("/calibration/bins")) {
            sum += bin.get("images").asInt();
        }
        assertThat(sum).isEqualTo(12);
        JsonNode facts = data(page, "runs").at("/runs/0");
        JsonNode evaluation = data(page, "runs").get("evaluation");
        assertThat(evaluation.get("checkpoint").asText()).isEqualTo("best");
        assertThat(evaluation.get("epoch")).isEqualTo(facts.get("bestEpoch"));
        assertThat(facts.get("trainingImages").asInt()).isEqualTo(18);
        assertThat(facts.get("validationImages").asInt()).isEqualTo(12);
        assertThat(facts.get("state").asText()).isEqualTo("finished");
        assertThat(facts.at("/history/trainingLoss")).hasSize(3);
        assertThat(facts.at("/health/activations/conv1/dead")).hasSize(3);
        assertThat(facts.get("settings").toString()).contains("{\"key\":\"tandem.train.epochs\",\"value\":3,");
        JsonNode layers = data(page, "layers");
        long parameters = StreamSupport.stream(layers.get("layers").spliterator(), false)
                .mapToLong(layer -> layer.get("parameters").asLong())
                .sum();
        assertThat(parameters).isEqualTo(facts.get("parameters").asLong());
        assertThat(layers.at("/memory/devices/0/parameterBytes").asLong()).isEqualTo(4 * parameters);
        assertThat(layers.at("/layers/0/weightNorm").asDouble()).isPositive();
    }

    @Test
    void neighboursAreThoseOfNearest() throws IOException {
        Path page = folder.resolve("neighbours.html");
        written(run, "--out", page.toString());
        JsonNode rows = data(page, "images").get("nearest");
        assertThat(rows).hasSize(8);
        for (int row : new int[] {0, 7}) {
            JsonNode nearest = Invocation.of(
                            "nearest",
                            "--run",
                            run.toString(),
                            "--gallery",
                            data.resolve("train").toString(),
                            "--count",
                            "6",
                            "--json",
                            data.resolve(rows.get(row).get("file").asText()).toString())
                    .json()
                    .at("/images/0/nearest");
            for (int i = 0; i < 6; i++) {
                JsonNode found = rows.get(row).get("neighbours").get(i);
                assertThat(found.get("file").asText())
                        .isEqualTo("train/" + nearest.get(i).get("file").asText());
                assertThat(found.get("distance").asDouble())
                        .isCloseTo(nearest.get(i).get("distance").asDouble(), within(1e-4));
                assertThat(found.get("file").asText())
                        .startsWith("train/"
                                + TestPhotographs.CLASSES.get(found.get("label").asInt()) + "/");
                assertThat(picture(found.get("image"), "jpeg")).isNotNull();
            }
        }
        assertThat(notes(written(run, "--out", page.toString(), "--search", "5")))
                .contains("among 5 of 18");
        assertThat(notes(written(run, "--out", page.toString(), "--search", "0")))
                .contains("it was asked not to");
    }

    @Test
    void kernelsAreThoseOfTheStartAndOfEachCheckpoint() throws IOException {
        Path page = folder.resolve("kernels.html");
        written(run, "--out", page.toString(), "--search", "0");
        JsonNode kernels = data(page, "kernels").get("kernels");
        JsonNode states = kernels.get("states");
        assertThat(states).hasSize(4);
        assertThat(states.get(0).get("label").asText()).isEqualTo("start");
        assertThat(states.get(1).get("label").asText()).startsWith("epoch 1");
        assertThat(states.toString()).containsOnlyOnce(", best\"");
        assertThat(kernels.get("change")).hasSize(12);
        BufferedImage start = picture(states.get(0).get("image"), "png");
        // Two columns of 6 kernels of 11x11 in a row, a pixel apart.
        assertThat(start.getWidth()).isEqualTo(6 * 12 + 1);
        assertThat(start.getHeight()).isEqualTo(2 * 12 + 2 + 1);
        assertThat(states.get(0).get("image")).isNotEqualTo(states.get(3).get("image"));
        // With steps of nearly nothing, the weights are still those that training has begun with.
        Path still = trained("still", data, "--epochs", "1", "-D", "tandem.train.learning-rate=1e-12");
        written(still, "--out", page.toString(), "--search", "0");
        JsonNode begun = data(page, "kernels").get("kernels");
        assertThat(begun.at("/states/0/image")).isEqualTo(begun.at("/states/1/image"));
        begun.get("change").forEach(change -> assertThat(change.asDouble()).isLessThan(1e-6));
    }

    @Test
    void severalRunsAreComparedAndWithoutValidationNothingIsEvaluated() throws IOException {
        Path blind = trained("blind", data, "--epochs", "1", "--no-validation");
        Path page = folder.resolve("several.html");
        JsonNode answer = written(run, "--run", blind.toString(), "--out", page.toString(), "--search", "0");
        assertThat(answer.get("runs")).hasSize(2);
        JsonNode runs = data(page, "runs").get("runs");
        assertThat(runs.get(0).get("name").asText()).isEqualTo("run");
        assertThat(runs.get(1).get("name").asText()).isEqualTo("blind");
        assertThat(runs.get(1).get("bestEpoch").isNull()).isTrue();
        assertThat(runs.get(1).get("validationImages").asInt()).isZero();

        JsonNode alone = written(blind, "--out", page.toString());
        assertThat(alone.get("top1Error").isNull()).isTrue();
        assertThat(notes(alone)).contains("not evaluated: the run has nothing to validate on");
        assertThat(data(page, "confusion").get("confusion").isNull()).isTrue();
        assertThat(data(page, "kernels").at("/kernels/states")).hasSize(2);
        assertThat(written(blind, "--out", page.toString(), "--data", data.toString())
                        .get("images")
                        .asInt())
                .isEqualTo(12);
    }

    @Test
    void importedAndTakenWeightsHaveNoStart() throws IOException {
        Path imported = folder.resolve("imported");
        Invocation done = Invocation.of(
                "import", run.resolve("checkpoints/best.safetensors").toString(), "--run", imported.toString());
        assertThat(done.status()).as(done.err()).isZero();
        Path page = folder.resolve("imported.html");
        JsonNode answer = written(imported, "--out", page.toString(), "-D", "tandem.backend=cpu");
        assertThat(notes(answer)).contains("names no folder of images", "no start: the weights were imported");
        JsonNode facts = data(page, "runs").at("/runs/0");
        assertThat(facts.get("state").asText()).isEqualTo("imported");
        assertThat(facts.get("epochsPlanned").isNull()).isTrue();
        assertThat(data(page, "kernels").at("/kernels/states")).hasSize(1);
        JsonNode evaluated =
                written(imported, "--out", page.toString(), "-D", "tandem.backend=cpu", "--data", data.toString());
        assertThat(evaluated.get("images").asInt()).isEqualTo(12);
        assertThat(notes(evaluated)).contains("nearest training images are those of " + data);
        assertThat(data(page, "images").at("/nearest/0/neighbours")).hasSize(6);
        // A folder of classes is evaluated whole, and has training images, too: none is its own neighbour.
        written(
                imported,
                "--out",
                page.toString(),
                "-D",
                "tandem.backend=cpu",
                "--data",
                data.resolve("train").toString());
        JsonNode row = data(page, "images").at("/nearest/0");
        assertThat(row.get("neighbours")).hasSize(6);
        assertThat(row.get("neighbours").toString())
                .doesNotContain("\"" + row.get("file").asText() + "\"");

        Path taken = folder.resolve("taken");
        Invocation trained = Invocation.of(
                "train",
                "--from",
                run.toString(),
                "--freeze",
                "conv*",
                "--data",
                data.toString(),
                "--run",
                taken.toString(),
                "--epochs",
                "1",
                "--batch",
                "6",
                "-D",
                "tandem.backend=cpu");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(notes(written(taken, "--out", page.toString())))
                .contains("no start: the run began with the weights");
    }

    @Test
    void imagesThatArePackedAreSeenAndThoseThatAreGoneAreNoted() throws IOException {
        Path own = TestPhotographs.folder(folder.resolve("own"), 6, 2);
        Path shards = folder.resolve("shards");
        assertThat(Invocation.of("pack", own.toString(), shards.toString(), "--side", "60")
                        .status())
                .isZero();
        Path packed = trained("packed", shards, "--epochs", "1");
        Path page = folder.resolve("packed.html");
        assertThat(written(packed, "--out", page.toString()).get("notes")).isEmpty();
        JsonNode row = data(page, "images").at("/nearest/0");
        assertThat(picture(row.get("image"), "jpeg").getWidth()).isEqualTo(128);
        assertThat(picture(row.at("/neighbours/5/image"), "jpeg").getWidth()).isEqualTo(128);

        Files.move(shards, folder.resolve("moved"));
        JsonNode without = written(packed, "--out", page.toString());
        assertThat(without.get("images").isNull()).isTrue();
        assertThat(notes(without)).contains("shards is gone", "are gone; name others with --data");
        assertThat(data(page, "runs").at("/runs/0/trainingImages").isNull()).isTrue();
        assertThat(data(page, "layers").at("/layers/0/weightNorm").isNull()).isTrue();
    }

    @Test
    void checkpointsThatCannotBeReadAreNoted() throws IOException {
        Path damaged = trained("damaged", data, "--epochs", "1");
        Files.writeString(damaged.resolve("checkpoints/last.safetensors"), "no checkpoint");
        Path page = folder.resolve("damaged.html");
        JsonNode answer = written(damaged, "--out", page.toString(), "--search", "0");
        assertThat(answer.get("images").asInt()).as("by the best").isEqualTo(12);
        assertThat(notes(answer)).contains("A checkpoint is left out, as it cannot be read: ", "last.safetensors");
        Files.writeString(damaged.resolve("checkpoints/best.safetensors"), "no checkpoint");
        answer = written(damaged, "--out", page.toString(), "--search", "0");
        assertThat(answer.get("images").isNull()).isTrue();
        assertThat(notes(answer)).contains("not evaluated: none of its checkpoints can be read");
        Files.delete(damaged.resolve("checkpoints/best.safetensors"));
        Files.delete(damaged.resolve("checkpoints/last.safetensors"));
        assertThat(notes(written(damaged, "--out", page.toString(), "--search", "0")))
                .contains("not evaluated: it has no checkpoint");
    }

    @Test
    void namesOfClassesAndFilesAreData() throws IOException {
        String name = "<img src=x onerror=alert(1)>\u2028";
        Path hostile = TestPhotographs.folder(folder.resolve("hostile"), 4, 2);
        for (String set : List.of("train", "val")) {
            Files.move(hostile.resolve(set).resolve("red"), hostile.resolve(set).resolve(name));
        }
        Path file = hostile.resolve("val").resolve(name);
        Files.move(file.resolve("image0.png"), file.resolve("<script><b>\n.png"));
        Path strange = trained("strange <b>", hostile, "--epochs", "1");
        Path page = folder.resolve("hostile.html");
        written(strange, "--out", page.toString());
        assertThat(page).content().doesNotContain("<img src=x", "<script><b>", "<b>", "\u2028");
        assertThat(data(page, "classes").at("/classes").toString()).contains("<img src=x onerror=alert(1)>");
        assertThat(data(page, "images").toString()).contains("<script><b>");
    }

    @Test
    void onlyAnEarlierReportIsReplaced() throws IOException {
        Path page = run.resolve("report.html");
        written(run, "--search", "0");
        written(run, "--search", "0");
        Files.writeString(page, "<html>my notes");
        Invocation refused = report(run, "--search", "0");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("it is there already", "--overwrite");
        assertThat(page).hasContent("<html>my notes");
        Files.delete(page);
        refused = report(run, "--search", "0");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("a folder with other files is in the place of the report's data");
        written(run, "--search", "0", "--overwrite");

        refused = report(run, "--out", "/");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("a name that ends with .html");

        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Files.createSymbolicLink(folder.resolve("linked-data"), elsewhere);
        refused = report(run, "--out", folder.resolve("linked.html").toString(), "--overwrite");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("got a symbolic link");
        assertThat(elsewhere).isEmptyDirectory();
    }

    @Test
    void anInterruptLeavesNothing() {
        Path page = folder.resolve("interrupted.html");
        Invocation stopped = Invocation.of(
                (interrupt, text) -> {
                    if (text.startsWith("Evaluated")) {
                        interrupt.request();
                    }
                },
                "report",
                "--run",
                run.toString(),
                "--out",
                page.toString(),
                "--json");
        assertThat(stopped.status()).isEqualTo(130);
        assertThat(stopped.err()).contains("Interrupted. No report was written.");
        assertThat(page).doesNotExist();
        assertThat(folder.resolve("interrupted-data")).doesNotExist();
    }
}

package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A data set is packed, looked at, measured and trained on. */
class DataCommandsTest {
    @TempDir
    static Path folder;

    private static Path data;
    private static Path shards;
    private static Invocation packed;

    @BeforeAll
    static void pack() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 8, 3);
        Files.writeString(data.resolve("train/red/page.jpg"), "<html>");
        Files.move(data.resolve("val/blue/image0.png"), data.resolve("val/blue/image0.jpg"));
        shards = folder.resolve("shards");
        packed = pack(shards, "--verify", "--json");
    }

    private static Invocation pack(Path out, String... more) {
        return Invocation.of(arguments(out, more));
    }

    private static String[] arguments(Path out, String... more) {
        List<String> all = new ArrayList<>(List.of("pack", data.toString(), out.toString()));
        all.addAll(List.of("--side", "60", "--images-per-shard", "10"));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void packingSaysWhatIsThereAndWhatIsNot() throws IOException {
        assertThat(packed.status()).as(packed.err()).isZero();
        assertThat(packed.err())
                .contains("Source: class folders, 3 classes; 25 files in train, 9 in val, 0 in test")
                .contains("Packed train: 25 images", "Verified shards: 4 shards")
                .contains("train  24 images in 3 shard(s) of ", "val    9 images in 1 shard(s) of ")
                .contains("train/red/page.jpg: an HTML page", "val/blue/image0.jpg: PNG data")
                .contains(": sound");
        JsonNode answer = packed.json();
        assertThat(answer.at("/packed/images/train").asInt()).isEqualTo(24);
        assertThat(answer.at("/packed/images/val").asInt()).isEqualTo(9);
        assertThat(answer.at("/packed/quarantined/0/file").asText()).isEqualTo("red/page.jpg");
        assertThat(answer.at("/packed/odd/0/reason").asText()).isEqualTo("PNG data");
        assertThat(answer.at("/verification/problems")).isEmpty();
        Invocation again = pack(shards);
        assertThat(again.status()).isZero();
        assertThat(again.out()).contains("nothing is left to do");
    }

    @Test
    void anInterruptedPackingGoesOn() throws IOException {
        Path out = folder.resolve("stopped");
        Invocation stopped = Invocation.of(
                (interrupt, text) -> {
                    if (text.startsWith("Packed train")) {
                        interrupt.request();
                    }
                },
                arguments(out));
        assertThat(stopped.status()).as(stopped.err()).isEqualTo(130);
        assertThat(stopped.out()).contains("The same command goes on where it stopped");
        assertThat(Invocation.of("train", "--data", out.toString()).err()).contains("not completely packed");

        Invocation other = pack(out, "--quality", "50");
        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err()).contains("with other options");

        Invocation resumed = pack(out);
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(resumed.out()).containsPattern("Going on with an interrupted packing: [34] shard");
        assertThat(Files.readString(out.resolve("manifest.json")))
                .isEqualTo(Files.readString(shards.resolve("manifest.json")));
    }

    @Test
    void verifyingAloneFindsDamage() throws IOException {
        Path damaged = folder.resolve("damaged");
        assertThat(pack(damaged).status()).isZero();
        assertThat(Invocation.of("pack", "--verify", damaged.toString()).status())
                .isZero();
        Path tar = damaged.resolve("train-00001.tar");
        byte[] bytes = Files.readAllBytes(tar);
        bytes[600] ^= 1;
        Files.write(tar, bytes);
        Invocation found = Invocation.of("pack", "--verify", damaged.toString(), "--json");
        assertThat(found.status()).isEqualTo(1);
        assertThat(found.err()).contains("Damaged: train-00001.tar: ", "1 problem(s)");
        assertThat(found.json().at("/verification/problems")).hasSize(1);
    }

    @Test
    void whatCannotBePackedIsRefused() {
        assertThat(Invocation.of("pack", data.toString()).err()).contains("nowhere to write to");
        assertThat(Invocation.of("pack").status()).isEqualTo(2);
        Invocation unchecked = Invocation.of("pack", "--verify", "--check-md5", shards.toString());
        assertThat(unchecked.status()).isEqualTo(2);
        assertThat(unchecked.err()).contains("--check-md5 without a source");
        Invocation side = pack(folder.resolve("none"), "--quality", "0");
        assertThat(side.status()).isEqualTo(2);
        assertThat(side.err()).contains("JPEG quality out of range, got 0, expected 1 to 100");
        Invocation kind = pack(folder.resolve("none"), "--encoding", "webp");
        assertThat(kind.status()).isEqualTo(2);
        assertThat(kind.err()).contains("--encoding");
        Invocation occupied = pack(data);
        assertThat(occupied.status()).isEqualTo(2);
        assertThat(occupied.err()).contains("is not empty");
    }

    @Test
    void officialNamesWithOtherBytesFailTheChecksum() throws IOException {
        Path official = Files.createDirectory(folder.resolve("official"));
        for (String name : List.of("ILSVRC2012_img_train.tar", "ILSVRC2012_devkit_t12.tar.gz")) {
            Files.write(official.resolve(name), new byte[2048]);
        }
        Invocation checked =
                Invocation.of("pack", official.toString(), folder.resolve("x").toString(), "--check-md5");
        assertThat(checked.status()).isEqualTo(2);
        assertThat(checked.err()).contains("its MD5 differs");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    /** No sums of 2010 are known, and class folders have none. */
    @Test
    void whatWasNotComparedIsSaid() throws IOException {
        Path older = Files.createDirectory(folder.resolve("older"));
        for (String name : List.of("ILSVRC2010_images_val.tar", "ILSVRC2010_devkit-1.0.tar.gz")) {
            Files.write(older.resolve(name), new byte[2048]);
        }
        Invocation unknown =
                Invocation.of("pack", older.toString(), folder.resolve("x").toString(), "--check-md5");
        assertThat(unknown.out())
                .contains("Not compared, as no published MD5 of theirs is known: "
                        + "ILSVRC2010_images_val.tar, ILSVRC2010_devkit-1.0.tar.gz");
        Invocation folders =
                Invocation.of("pack", data.toString(), folder.resolve("x").toString(), "--check-md5");
        assertThat(folders.status()).isEqualTo(2);
        assertThat(folders.err()).contains("it has no sums to compare, got no official archives");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    @Test
    void trainingFromShardsEvaluatesThemToo() throws IOException {
        Path run = folder.resolve("run");
        Invocation trained = Invocation.tiny(
                "train", "--data", shards.toString(), "--run", run.toString(), "--batch", "6", "--epochs", "2");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("Data: 24 training and 9 validation images of 3 classes");
        Invocation evaluated = Invocation.of(
                "evaluate", "--run", run.toString(), "--data", shards.toString(), "--checkpoint", "last", "--json");
        assertThat(evaluated.status()).as(evaluated.err()).isZero();
        List<String> log = Files.readAllLines(run.resolve("log.jsonl"));
        assertThat(evaluated.json().get("logLoss"))
                .isEqualTo(new ObjectMapper().readTree(log.get(1)).get("logLoss"));
    }

    @Test
    void aSetIsDescribedAndDrawnTheSamePackedOrNot() throws IOException {
        Path out = folder.resolve("overview");
        Invocation ofFolder = Invocation.of("data", data.toString(), "--json");
        Invocation ofShards = Invocation.of("data", "--data", shards.toString(), "--out", out.toString(), "--json");
        for (Invocation each : List.of(ofFolder, ofShards)) {
            assertThat(each.status()).as(each.err()).isZero();
            assertThat(each.err())
                    .contains("Images: 24 in train, 9 in val, 0 in test", "      8      3      0  green")
                    .contains("Principal colour 3: variance ", "red/page.jpg: an HTML page");
            JsonNode answer = each.json();
            assertThat(answer.get("classes")).hasSize(3);
            assertThat(answer.at("/sizes/shortestSide").asInt()).isEqualTo(60);
            // Levels of each channel: 0 to 127, and 128 more for a class of its own colour.
            assertThat(answer.at("/colours/mean/0").asDouble()).isCloseTo(63.5 + 128 / 3.0, within(1.0));
            assertThat(answer.get("quarantined")).hasSize(1);
        }
        assertThat(new ObjectMapper().readTree(out.resolve("overview.json").toFile()))
                .isEqualTo(ofShards.json());
        for (String picture : List.of("contact-sheet", "mean-image", "principal-colours")) {
            assertThat(ImageIO.read(out.resolve(picture + ".png").toFile()).getWidth())
                    .as(picture)
                    .isGreaterThan(50);
        }
        Invocation twice = Invocation.of("data", data.toString(), "--data", shards.toString());
        assertThat(twice.status()).isEqualTo(2);
        assertThat(twice.err()).contains("two data sets");
    }

    @Test
    void loadingIsTimedAgainstDecodingAlone() throws IOException {
        for (Path each : List.of(shards, data)) {
            Invocation bench = Invocation.tiny(
                    "bench",
                    "--mode",
                    "data",
                    "--recipe",
                    "small",
                    "--data",
                    each.toString(),
                    "--steps",
                    "1",
                    "--json");
            assertThat(bench.status()).as(bench.err()).isZero();
            JsonNode answer = bench.json();
            assertThat(answer.get("imagesPerSecondPerCore").asDouble()).isPositive();
            assertThat(answer.get("decodeImagesPerSecond").asDouble()).isPositive();
            assertThat(answer.get("imagesPerSecond").asDouble()).isPositive();
            assertThat(answer.get("side").asInt()).isEqualTo(60);
            assertThat(answer.get("images").asInt()).isEqualTo(24);
        }
    }

    /** Files that nobody looks into are enough for it. */
    @Test
    void aLargeSetIsNotPackedForAMeasurement() throws IOException {
        Path large = TestPhotographs.folder(folder.resolve("large"), 1, 1);
        for (int i = 0; i < 4995; i++) {
            Files.createFile(large.resolve("train/red/more" + i + ".jpg"));
        }
        Invocation refused = Invocation.tiny("bench", "--mode", "data", "--recipe", "small", "--data", "" + large);
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("got 5001, expected shards", "Run ./tandem pack " + large + " SHARDS first");
    }

    @Test
    void anInterruptedMeasurementLeavesNothingBehind() {
        List<Path> used = new ArrayList<>();
        Invocation stopped = Invocation.of(
                (interrupt, text) -> {
                    if (text.startsWith("No shards: ")) {
                        used.add(Path.of(text.replaceAll(".* into (.*) for this time", "$1")));
                        assertThat(used.get(0)).isDirectory();
                        interrupt.request();
                    }
                },
                "bench",
                "--mode",
                "data",
                "--recipe",
                "small",
                "--data",
                data.toString(),
                "--json");
        assertThat(stopped.status()).as(stopped.err()).isEqualTo(130);
        assertThat(stopped.err()).contains("Interrupted.");
        assertThat(used).hasSize(1);
        assertThat(used.get(0)).doesNotExist();
    }

    @Test
    void summaryCountsTheClassesOfShardsAndFoldersAlike() throws IOException {
        for (Path each : List.of(shards, data)) {
            Invocation summary = Invocation.of("summary", "--data", each.toString(), "--json");
            assertThat(summary.status()).as(summary.err()).isZero();
            assertThat(summary.json().get("classes").asInt()).isEqualTo(3);
        }
        Invocation nothing =
                Invocation.of("summary", "--data", folder.resolve("nothing").toString());
        assertThat(nothing.status()).isEqualTo(2);
        assertThat(nothing.err()).contains("nothing is no folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--recipe=paper", "--data=DIR", "--config=FILE", "-Dtandem.train.batch=3"})
    void whatGoesByNoConfigurationTakesNone(String option) {
        String[][] commands = {
            {"pack", data.toString(), folder.resolve("none").toString()}, {"rate", "--run=RUN", "0.01"}, {"doctor"}
        };
        for (String[] command : commands) {
            List<String> all = new ArrayList<>(List.of(command));
            all.add(option);
            Invocation refused = Invocation.of(all.toArray(String[]::new));
            assertThat(refused.status()).as(command[0]).isEqualTo(2);
            assertThat(refused.err()).as(command[0]).contains("Unknown option: '" + option + "'");
        }
        assertThat(folder.resolve("none")).doesNotExist();
    }
}

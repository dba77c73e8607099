package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.Invocation;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.spi.Shape;
import dev.tandem.testkit.TestPhotographs;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model over several devices, from the command line: shown, trained, refused, and broken off. */
class PlacementCommandsTest {
    @TempDir
    static Path folder;

    private static Path data;

    @BeforeAll
    static void photographs() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 8, 2);
    }

    private static Invocation train(String run, String... more) {
        List<String> args = new ArrayList<>(List.of("--data", data.toString(), "--batch", "6"));
        args.addAll(List.of("--run", folder.resolve(run).toString()));
        args.addAll(List.of(more));
        return Invocation.tiny("train", args.toArray(String[]::new));
    }

    @Test
    void theSummaryOfColumnsIsThePapersFigure() throws IOException {
        Path picture = folder.resolve("columns.png");
        Invocation summary = Invocation.of(
                "summary", "--recipe", "original", "--placement", "columns", "--json", "--picture", picture.toString());
        assertThat(summary.status()).as(summary.err()).isZero();
        JsonNode devices = summary.json().get("devices");
        JsonNode placement = summary.json().get("placement");
        assertThat(devices).hasSize(2);
        long received = 0;
        for (JsonNode layer : placement) {
            received += layer.at("/parts/0/received/gathered").asLong()
                    + layer.at("/parts/0/received/scattered").asLong();
        }
        assertThat(received).isEqualTo(devices.at("/0/receivedBytes").asLong());
        JsonNode conv3 = null;
        for (JsonNode layer : placement) {
            conv3 = layer.get("name").asText().equals("conv3") ? layer : conv3;
        }
        assertThat(conv3).isNotNull();
        // The other's half of conv3's input, as much back; alexnet.md.
        assertThat(conv3.toString())
                .startsWith(
                        "{\"name\":\"conv3\",\"split\":\"channel\",\"parts\":[{\"parameters\":[[192,256,3,3],[192]],"
                                + "\"inputs\":[[128,256,13,13]],\"output\":[128,192,13,13],"
                                + "\"received\":{\"gathered\":11075584,\"weights\":0,\"reduced\":0,\"scattered\":11075584}");
        assertThat(summary.err()).contains("192x256x3x3, 192", "11.1 MB");
        BufferedImage drawn = ImageIO.read(picture.toFile());
        assertThat(drawn.getWidth()).isBetween(1600, 1700);
        assertThat(drawn.getHeight()).isBetween(400, 800);
    }

    @ParameterizedTest
    @CsvSource({"columns, 2", "data, 4", "hybrid, 8", "single, 1"})
    void theSummaryFitsInAHundredAndTwentyColumns(String strategy, int devices) throws IOException {
        Path picture = folder.resolve(strategy + ".png");
        Invocation summary = Invocation.of(
                "summary",
                "--recipe",
                "owt",
                "--placement",
                strategy,
                "--devices",
                Integer.toString(devices),
                "--picture",
                picture.toString());
        assertThat(summary.status()).as(summary.err()).isZero();
        assertThat(summary.out().lines()).allMatch(line -> line.length() <= 120);
        assertThat(ImageIO.read(picture.toFile()).getHeight()).isGreaterThan(170 * devices);
    }

    @ParameterizedTest
    @ValueSource(strings = {"columns", "data"})
    void trainingLogsWhatEachDeviceDid(String strategy) throws IOException {
        Invocation trained = train(strategy, "--placement", strategy, "-D", "tandem.cpu.devices=2", "--epochs", "1");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.err())
                .containsPattern("cpu:0: [0-9.]+ MB from other devices, busy [0-9.]+ s, idle [0-9]+ %;");
        JsonNode devices = new ObjectMapper()
                .readTree(Files.readString(folder.resolve(strategy).resolve("log.jsonl")))
                .get("devices");
        JsonNode forecast = Invocation.tiny(
                        "summary", "--placement", strategy, "--batch", "6", "--classes", "3", "--json")
                .json()
                .get("devices");
        for (int index = 0; index < 2; index++) {
            JsonNode device = devices.get(index);
            assertThat(device.get("device").asText()).isEqualTo("cpu:" + index);
            assertThat(device.get("busySeconds").asDouble()).isPositive();
            assertThat(device.get("idleShare").asDouble()).isBetween(0.0, 1.0);
            // Four steps, and what the health of the activations takes on top, once.
            long steps = 4 * forecast.get(index).get("receivedBytes").asLong();
            assertThat(device.get("receivedBytes").asLong()).isBetween(steps, 2 * steps);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "data, 2, '', 5, '5 images over 2 devices'",
        "columns, 3, '', 6, 'its groups of channels do not divide over the devices'",
        "data, 2, '[\"cpu:0\",\"cpu:7\"]', 6, 'got cpu:7, expected one of [cpu:0, cpu:1]'",
        "data, 2, '[\"cpu:1\",\"cpu:1\"]', 6, one twice",
        "colums, 2, '', 6, '[single, columns, data, hybrid]'"
    })
    void whatCannotBePlacedIsRefusedBeforeTraining(String strategy, int count, String devices, int batch, String said) {
        List<String> args = new ArrayList<>(List.of("train", "--data", data.toString()));
        Path run = folder.resolve("refused");
        args.addAll(List.of("--run", run.toString(), "--placement", strategy, "--batch", "" + batch));
        args.addAll(List.of("-D", "tandem.cpu.devices=" + count));
        if (!devices.isEmpty()) {
            args.addAll(List.of("-D", "tandem.placement.devices=" + devices));
        }
        args.addAll(Invocation.TINY);
        Invocation refused = Invocation.of(args.toArray(String[]::new));
        assertThat(refused.err()).contains("Error: ", said).doesNotContain("\tat ");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(run.resolve("config.conf")).doesNotExist();
    }

    /** CUDA's devices are by default all that there are, which a summary does not find out. */
    @ParameterizedTest
    @CsvSource({"cuda, columns, 2", "cuda, single, 1", "cpu, data, 1"})
    void aSummaryOfConfiguredDevices(String backend, String strategy, int devices) throws IOException {
        Invocation summary = Invocation.of(
                "summary", "-D", "tandem.backend=" + backend, "-D", "tandem.placement.strategy=" + strategy, "--json");
        assertThat(summary.status()).as(summary.err()).isZero();
        assertThat(summary.json().get("devices")).hasSize(devices);
    }

    @Test
    void aSummaryOfSingleOverTwoDevicesIsRefused() {
        Invocation refused = Invocation.of("summary", "--placement", "single", "--devices", "2");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("got 2 with strategy single");
    }

    @Test
    void aPlanLeavesOutWhatCannotBe() throws IOException {
        Invocation plan = Invocation.of("plan", "--devices", "3", "--gflops", "100", "--bandwidth", "8", "--json");
        assertThat(plan.status()).as(plan.err()).isZero();
        assertThat(plan.json().get("rows"))
                .extracting(row -> row.get("strategy").asText())
                .containsExactly("single", "data", "hybrid");
        assertThat(plan.err()).contains("columns    cannot be: placement of");
    }

    /** A device of one kind beside one of another, through the host. */
    @Test
    void devicesOfTwoKindsTrainTogether() {
        Invocation alone = train("alone", "--epochs", "2");
        Invocation mixed = train(
                "mixed",
                "--epochs",
                "2",
                "--placement",
                "columns",
                "-D",
                "tandem.placement.devices=[\"cpu:0\",\"reference:0\"]");
        assertThat(alone.status()).as(alone.err()).isZero();
        assertThat(mixed.status()).as(mixed.err()).isZero();
        assertThat(mixed.err()).contains("reference:0: ");
        assertThat(loss("mixed")).isCloseTo(loss("alone"), org.assertj.core.data.Percentage.withPercentage(0.01));
    }

    private static double loss(String run) {
        try {
            List<String> log = Files.readAllLines(folder.resolve(run).resolve("log.jsonl"));
            return new ObjectMapper()
                    .readTree(log.get(log.size() - 1))
                    .get("trainingLoss")
                    .asDouble();
        } catch (IOException e) {
            throw new AssertionError(run, e);
        }
    }

    @Test
    void aDeviceThatFailsEndsTheRunWithItsNameTheOperationAndAUsableCheckpoint() {
        String[] faulty = {"-D", "tandem.backend=faulty", "--placement", "columns", "--epochs", "3"};
        List<String> plain = new ArrayList<>(List.of("train", "--data", data.toString(), "--batch", "6"));
        plain.addAll(Invocation.TINY.subList(2, Invocation.TINY.size()));
        plain.addAll(Arrays.asList(faulty));
        Invocation whole = Invocation.of(with(plain, "whole"));
        assertThat(whole.status()).as(whole.err()).isZero();

        // Four steps of five convolutions are an epoch: the third convolution of step 2 of the second one.
        Invocation failed = Invocation.of(with(plain, "failed", "-D", "tandem.faulty.failAt=28"));
        assertThat(failed.status()).as(failed.err()).isEqualTo(1);
        assertThat(failed.err())
                .contains("Error: convolution backward weights: failed on faulty:1: the fan has stopped")
                .contains("epoch 1: loss")
                .doesNotContain("epoch 2: loss", "\tat ");
        assertThat(failed.out())
                .contains("The newest checkpoint is intact. Continue from it with ./tandem train --resume --run "
                        + folder.resolve("failed"));

        Invocation resumed = Invocation.of(
                "train", "--resume", "--run", folder.resolve("failed").toString(), "-D", "tandem.faulty.failAt=0");
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("epoch 3: loss").doesNotContain("epoch 1: loss");
        try (Safetensors expected = last("whole");
                Safetensors actual = last("failed")) {
            for (Map.Entry<String, Shape> entry : expected.shapes().entrySet()) {
                assertThat(actual.read(entry.getKey(), entry.getValue()))
                        .as(entry.getKey())
                        .isEqualTo(expected.read(entry.getKey(), entry.getValue()));
            }
        }
    }

    private static String[] with(List<String> plain, String run, String... more) {
        List<String> all = new ArrayList<>(plain);
        all.addAll(List.of("--run", folder.resolve(run).toString()));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static Safetensors last(String run) {
        return Safetensors.open(folder.resolve(run).resolve("checkpoints/last.safetensors"));
    }
}

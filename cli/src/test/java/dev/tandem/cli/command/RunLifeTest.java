package dev.tandem.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.cli.Invocation;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.spi.Shape;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A run from its first step to the use of its model, and its interruptions. */
class RunLifeTest {
    @TempDir
    static Path folder;

    private static Path data;
    private static Path run;
    private static Invocation trained;

    @BeforeAll
    static void train() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 8, 3);
        run = folder.resolve("run");
        trained = train(run, "--json");
    }

    private static Invocation train(Path run, String... more) {
        return Invocation.tiny("train", arguments(run, more));
    }

    private static String[] arguments(Path run, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "--data", data.toString(), "--run", run.toString(), "--batch", "6", "--epochs", "3", "--seed", "5"));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /** All tensors of a checkpoint: parameters and velocities. */
    private static Map<String, float[]> tensors(Path run, String checkpoint) {
        Map<String, float[]> tensors = new HashMap<>();
        try (Safetensors file = Safetensors.open(run.resolve("checkpoints").resolve(checkpoint + ".safetensors"))) {
            for (Map.Entry<String, Shape> entry : file.shapes().entrySet()) {
                tensors.put(entry.getKey(), file.read(entry.getKey(), entry.getValue()));
            }
        }
        return tensors;
    }

    private static void assertSameTensors(Path actual, Path expected) {
        Map<String, float[]> wanted = tensors(expected, "last");
        Map<String, float[]> got = tensors(actual, "last");
        assertThat(got.keySet()).isEqualTo(wanted.keySet());
        wanted.forEach((name, values) -> assertThat(got.get(name)).as(name).isEqualTo(values));
    }

    private static List<JsonNode> log(Path run) throws IOException {
        ObjectMapper json = new ObjectMapper();
        return Files.readAllLines(run.resolve("log.jsonl")).stream()
                .map(line -> {
                    try {
                        return json.readTree(line);
                    } catch (IOException e) {
                        throw new AssertionError(line, e);
                    }
                })
                .toList();
    }

    @Test
    void trainingAnswersInJsonAndLeavesItsFolder() throws IOException {
        assertThat(trained.status()).as(trained.err()).isZero();
        JsonNode answer = trained.json();
        assertThat(answer.get("run").asText()).isEqualTo(run.toString());
        assertThat(answer.get("epochs").asInt()).isEqualTo(3);
        assertThat(answer.get("imagesPerSecond").asDouble()).isPositive();
        assertThat(answer.get("seconds").asDouble()).isPositive();
        List<JsonNode> log = log(run);
        assertThat(log).hasSize(3);
        assertThat(log.get(2).get("step").asInt()).isEqualTo(12);
        assertThat(log.get(2).get("rate").asDouble()).isCloseTo(0.001, within(1e-12));
        for (String field : List.of("trainingLoss", "top1Error", "top5Error")) {
            assertThat(answer.get(field)).as(field).isEqualTo(log.get(2).get(field));
        }
        assertThat(log.get(0).has("imagesPerSecond")).isTrue();
        assertThat(log.get(0).has("dataWaitShare")).isTrue();
        assertThat(run.resolve("checkpoints/best.safetensors")).exists();
        assertThat(Files.readAllLines(run.resolve("classes.txt"))).isEqualTo(TestPhotographs.CLASSES);
        assertThat(run.resolve("statistics.bin")).exists();
        assertThat(run.resolve("bad-files.txt")).doesNotExist();
        assertThat(Files.readString(run.resolve("config.conf")))
                .contains(
                        "tandem.train.batch = 6  # command line", "tandem.train.learning-rate = 0.01  # recipe small");
        // 6 kernels in each of two columns of 11 pixels, five times as large, with gaps.
        assertThat(ImageIO.read(run.resolve("kernels.png").toFile()).getWidth()).isEqualTo(6 * (55 + 4) + 4);
        assertThat(ImageIO.read(run.resolve("curves.png").toFile()).getHeight()).isEqualTo(840);
    }

    @Test
    void peopleReadTheConfigurationTheModelAndALineAnEpoch() {
        assertThat(trained.err())
                .containsPattern("tandem.train.seed +5 +command line")
                .contains("24 training and 9 validation images of 3 classes")
                .contains("parameters; training at batch 6")
                .contains("epoch 1: loss ", "epoch 3: loss ", " images/s, waiting for data ", " left");
    }

    @Test
    void evaluatingRepeatsTheLoggedErrorExactly() throws IOException {
        JsonNode last = log(run).get(2);
        Invocation one = Invocation.of("evaluate", "--run", run.toString(), "--checkpoint", "last", "--json");
        assertThat(one.status()).as(one.err()).isZero();
        assertThat(one.json().get("top1Error")).isEqualTo(last.get("top1Error"));
        assertThat(one.json().get("top5Error")).isEqualTo(last.get("top5Error"));
        assertThat(one.json().get("logLoss")).isEqualTo(last.get("logLoss"));
        assertThat(one.json().get("images").asInt()).isEqualTo(9);

        for (int views : new int[] {9, 10}) {
            Invocation several = Invocation.of("evaluate", "--run", run.toString(), "--views", "" + views, "--json");
            assertThat(several.status()).as(several.err()).isZero();
            assertThat(several.json().get("views").asInt()).isEqualTo(views);
        }
        assertThat(Invocation.of("evaluate", "--run", run.toString(), "--views", "3")
                        .err())
                .contains("got 3, expected 1, 9 or 10");
    }

    @Test
    void classifyingNamesTheLikeliestClassesAndAnswersDespiteABadImage() throws IOException {
        Path good = data.resolve("val/red/image0.png");
        Path bad = Files.writeString(folder.resolve("bad.jpg"), "<html>");
        Invocation both = Invocation.of("classify", "--run", run.toString(), "--json", bad.toString(), good.toString());

        assertThat(both.status()).isEqualTo(1);
        assertThat(both.err()).contains("bad.jpg").contains("red");
        JsonNode images = both.json().get("images");
        assertThat(images.get(0).get("error").asText()).contains("no usable image");
        assertThat(images.get(1).get("file").asText()).isEqualTo(good.toString());
        double sum = 0;
        double before = 1;
        for (JsonNode guess : images.get(1).get("classes")) {
            assertThat(guess.get("probability").asDouble()).isLessThanOrEqualTo(before);
            before = guess.get("probability").asDouble();
            sum += before;
        }
        assertThat(sum).isCloseTo(1, within(1e-6));
        assertThat(Invocation.of("classify", "--run", run.toString(), good.toString())
                        .status())
                .isZero();
    }

    @Test
    void aRunStoppedAndResumedEndsWithTheSameWeights() {
        Path stopped = folder.resolve("stopped");
        Invocation first = Invocation.of(
                (interrupt, text) -> {
                    if (text.startsWith("epoch 1:")) {
                        interrupt.request();
                    }
                },
                command("train", stopped));
        assertThat(first.status()).as(first.err()).isEqualTo(130);
        assertThat(first.out()).contains("--resume --run " + stopped);

        Invocation second = Invocation.of("train", "--resume", "--run", stopped.toString());
        assertThat(second.status()).as(second.err()).isZero();
        assertSameTensors(stopped, run);
    }

    private static String[] command(String name, Path run, String... more) {
        List<String> all = new ArrayList<>(List.of(name));
        all.addAll(Invocation.TINY);
        all.addAll(List.of(arguments(run, more)));
        return all.toArray(String[]::new);
    }

    @Test
    void aDamagedLastCheckpointIsReplacedByTheNewestNumberedOne() throws IOException {
        Path damaged = folder.resolve("damaged");
        assertThat(train(damaged, "-D", "tandem.train.checkpoint-every=2").status())
                .isZero();
        Path last = damaged.resolve("checkpoints/last.safetensors");
        Files.write(last, Arrays.copyOf(Files.readAllBytes(last), 5000));

        Invocation resumed = Invocation.of("train", "--resume", "--run", damaged.toString(), "--json");
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(resumed.err()).contains("epoch 3: loss").doesNotContain("epoch 2: loss");
        assertSameTensors(damaged, run);
        assertThat(log(damaged)).hasSize(3);
    }

    @Test
    void otherEpochsNeedOverrideAndAreNoted() throws IOException {
        Path longer = folder.resolve("longer");
        assertThat(train(longer).status()).isZero();
        Invocation refused = Invocation.of("train", "--resume", "--run", longer.toString(), "--epochs", "4");
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err())
                .contains("tandem.train.epochs differs from the run's, got 4 (command line), expected 3")
                .contains("--override");

        Invocation allowed =
                Invocation.of("train", "--resume", "--override", "--run", longer.toString(), "--epochs", "4");
        assertThat(allowed.status()).as(allowed.err()).isZero();
        assertThat(log(longer)).hasSize(4);
        assertThat(longer.resolve("events.jsonl"))
                .content()
                .isEqualToIgnoringNewLines(
                        "{\"step\":12,\"setting\":\"tandem.train.epochs\",\"from\":\"3\",\"to\":\"4\"}");
        assertThat(Files.readString(longer.resolve("config.conf"))).contains("tandem.train.epochs = 4");
    }

    @Test
    void withoutRoomForTensorBoardsEventsTheRunGoesOnWithAWarning() throws IOException {
        assertThat(run.resolve("tensorboard")).doesNotExist();
        Path other = Files.createDirectories(folder.resolve("no-events"));
        Path inTheWay = Files.createFile(other.resolve("tensorboard"));
        Logger logger = (Logger) LoggerFactory.getLogger("dev.tandem.run.tensorboard");
        ListAppender<ILoggingEvent> warnings = new ListAppender<>();
        warnings.start();
        logger.addAppender(warnings);
        try {
            Invocation without = train(other, "--tensorboard");
            assertThat(without.status()).as(without.err()).isZero();
        } finally {
            logger.detachAppender(warnings);
        }
        assertThat(warnings.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(inTheWay + ": TensorBoard's events of epoch 0 are missing, and the run goes on: "
                        + "java.nio.file.FileAlreadyExistsException: " + inTheWay);
        assertSameTensors(other, run);
    }

    @Test
    void aFailedWriteKeepsThePreviousCheckpoint() throws IOException {
        Path full = folder.resolve("full");
        assertThat(train(full).status()).isZero();
        Map<String, float[]> before = tensors(full, "last");
        // A folder in the checkpoint's place fails as a full disk does: while the new one is written.
        Files.move(full.resolve("checkpoints/last.safetensors"), full.resolve("checkpoints/epoch-00003.safetensors"));
        Files.createDirectories(full.resolve("checkpoints/last.safetensors/inside"));

        Invocation failed = Invocation.of("train", "--resume", "--override", "--run", full.toString(), "--epochs", "4");
        assertThat(failed.status()).isEqualTo(1);
        assertThat(failed.err()).contains("last.safetensors").contains("what was there before is untouched");
        tensors(full, "epoch-00003")
                .forEach((name, values) -> assertThat(values).isEqualTo(before.get(name)));
    }
}

package dev.tandem.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.run.tensorboard.EventReader;
import dev.tandem.run.tensorboard.EventReader.Histogram;
import dev.tandem.run.tensorboard.EventReader.Image;
import dev.tandem.runtime.Tandem;
import dev.tandem.testkit.TestPhotographs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What TensorBoard shows of a run. */
class TensorBoardTest {
    private static final String ON = "tandem.train.tensorboard = true";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static Path data;
    private Path path;

    @BeforeAll
    static void photographs() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 8, 4);
    }

    @BeforeEach
    void name(TestInfo test) {
        path = folder.resolve(test.getTestMethod().orElseThrow().getName());
    }

    private void train(int epochs, String more) {
        String settings = "tandem { backend = cpu, recipe = small, train.batch = 8, train.epochs = " + epochs
                + ", recipes.small { width = 12, hidden = 16, image = 60, crop = 56 }, data = \"" + data + "\" }\n";
        try (Tandem tandem = Tandem.configure(settings + more);
                TrainingRun run = TrainingRun.begin(tandem, path, (epoch, state, model) -> {})) {
            run.train();
        }
    }

    private void resume(int epochs, String more) {
        String settings = "tandem.train.epochs = " + epochs + "\n" + more;
        try (Tandem tandem = Tandem.configure(RunFolder.existing(path).configuration(settings));
                TrainingRun run = TrainingRun.resume(tandem, path, (epoch, state, model) -> {})) {
            run.train();
        }
    }

    private EventReader events() throws IOException {
        return EventReader.read(path.resolve("tensorboard"));
    }

    private List<JsonNode> log() throws IOException {
        List<JsonNode> log = new ArrayList<>();
        for (String line : Files.readAllLines(path.resolve("log.jsonl"))) {
            log.add(JSON.readTree(line));
        }
        return log;
    }

    /** What the log has of each epoch at {@code pointer}, by step. */
    private Map<Long, Float> logged(String pointer) throws IOException {
        Map<Long, Float> values = new TreeMap<>();
        for (JsonNode epoch : log()) {
            values.put(epoch.get("step").asLong(), (float) epoch.at(pointer).asDouble());
        }
        return values;
    }

    private void assertScalarsAreTheLogs(EventReader events) throws IOException {
        Map<String, String> pointers = new TreeMap<>(Map.of(
                "loss/training", "/trainingLoss",
                "loss/validation", "/logLoss",
                "error/top-1", "/top1Error",
                "training/learning-rate", "/rate",
                "speed/images-per-second", "/imagesPerSecond",
                "speed/data-wait-share", "/dataWaitShare",
                "speed/seconds", "/seconds"));
        for (String layer : List.of("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")) {
            if (!layer.equals("fc8")) {
                pointers.put("units-dead/" + layer, "/health/activations/" + layer + "/deadShare");
            }
            for (String parameter : List.of(layer + ".weight", layer + ".bias")) {
                pointers.put("update-ratio/" + parameter, "/health/updateRatios/" + parameter);
            }
        }
        assertThat(events.scalars).containsOnlyKeys(pointers.keySet());
        for (Map.Entry<String, String> pointer : pointers.entrySet()) {
            assertThat(events.scalars.get(pointer.getKey()))
                    .as(pointer.getKey())
                    .isEqualTo(logged(pointer.getValue()));
        }
    }

    private void assertNewestHistogramsAreThoseOfTheCheckpoint(EventReader events) {
        try (PretrainedModel model = PretrainedModel.open(path.resolve("checkpoints/last.safetensors"))) {
            assertThat(events.histograms).hasSize(model.parameters().size());
            for (String name : model.parameters().keySet()) {
                Map<Long, Histogram> bySteps = events.histograms.get("weights/" + name);
                Histogram newest = new TreeMap<>(bySteps).lastEntry().getValue();
                double least = Double.POSITIVE_INFINITY;
                double most = Double.NEGATIVE_INFINITY;
                double sum = 0;
                double squares = 0;
                float[] weights = model.read(name);
                for (float weight : weights) {
                    least = Math.min(least, weight);
                    most = Math.max(most, weight);
                    sum += weight;
                    squares += (double) weight * weight;
                }
                assertThat(newest.num()).as(name).isEqualTo(weights.length);
                assertThat(newest.min()).as(name).isEqualTo(least);
                assertThat(newest.max()).as(name).isEqualTo(most);
                assertThat(newest.sum()).as(name).isCloseTo(sum, within(1e-9));
                assertThat(newest.squares()).as(name).isCloseTo(squares, within(1e-9));
                assertThat(newest.counts().stream().mapToDouble(count -> count).sum())
                        .as(name)
                        .isEqualTo(weights.length);
            }
        }
    }

    @Test
    void showsWhatLogAndCheckpointHold() throws IOException {
        train(3, ON);
        EventReader events = events();
        assertScalarsAreTheLogs(events);
        assertNewestHistogramsAreThoseOfTheCheckpoint(events);
        assertThat(events.histograms.get("weights/fc8.weight")).containsOnlyKeys(0L, 3L, 6L, 9L);
        // Before the first epoch, after 1 and 2, and the last.
        assertThat(events.images).containsOnlyKeys("kernels/conv1");
        assertThat(events.images.get("kernels/conv1")).containsOnlyKeys(0L, 3L, 6L, 9L);
        Image image = events.images.get("kernels/conv1").get(9L);
        assertThat(ImageIO.read(new ByteArrayInputStream(image.png())))
                .matches(read -> read.getWidth() == image.width() && read.getHeight() == image.height());
        assertThat(ImageIO.read(new ByteArrayInputStream(image.png())).getRGB(20, 20))
                .isEqualTo(ImageIO.read(path.resolve("kernels.png").toFile()).getRGB(20, 20));
        assertThat(events.texts).containsOnlyKeys("run/recipe", "run/settings");
        assertThat(events.texts.get("run/recipe").get(0L)).contains("optimizer  Sgd[");
        assertThat(events.texts.get("run/settings").get(0L)).contains("\n    tandem.train.batch = 8  #");
    }

    @Test
    void theWeightsAreThoseOfARunWithoutEvents() {
        train(2, ON);
        Path file = path.resolve("checkpoints/last.safetensors");
        path = folder.resolve("without");
        train(2, "");
        try (PretrainedModel with = PretrainedModel.open(file);
                PretrainedModel without = PretrainedModel.open(path.resolve("checkpoints/last.safetensors"))) {
            assertThat(with.parameters()).isNotEmpty().isEqualTo(without.parameters());
            for (String name : with.parameters().keySet()) {
                assertThat(with.read(name)).as(name).isEqualTo(without.read(name));
            }
        }
    }

    /** A process that was killed has written an epoch of which no checkpoint is left. */
    @Test
    void aResumedRunShowsEachStepOnce() throws IOException {
        train(2, ON + "\ntandem.train.checkpoint-every = 1");
        Files.move(
                path.resolve("checkpoints/epoch-00001.safetensors"),
                path.resolve("checkpoints/last.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        resume(3, ON);
        EventReader events = events();
        assertThat(logged("/trainingLoss")).containsOnlyKeys(3L, 6L, 9L);
        assertScalarsAreTheLogs(events);
        assertNewestHistogramsAreThoseOfTheCheckpoint(events);
        assertThat(events.histograms.get("weights/conv1.weight")).containsOnlyKeys(0L, 3L, 6L, 9L);
        assertThat(events.images.get("kernels/conv1")).containsOnlyKeys(0L, 3L, 6L, 9L);
        assertThat(events.texts.get("run/settings")).containsOnlyKeys(0L, 3L);
        try (Stream<Path> files = Files.list(path.resolve("tensorboard"))) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void aRunThatIsResumedWithItShowsTheEpochsBefore() throws IOException {
        train(2, "");
        assertThat(path.resolve("tensorboard")).doesNotExist();
        resume(3, ON);
        EventReader events = events();
        assertScalarsAreTheLogs(events);
        assertThat(events.histograms.get("weights/fc8.weight")).containsOnlyKeys(6L, 9L);
        // A change without effect is none that is noted.
        assertThat(Files.readString(path.resolve("events.jsonl"))).doesNotContain("tensorboard");
    }

    @Test
    void aRunGoesOnWithoutItAndItsFiguresFollow() throws IOException {
        Files.createDirectories(path);
        Path inTheWay = Files.createFile(path.resolve("tensorboard"));
        train(2, ON);
        assertThat(log()).hasSize(2);
        assertThat(inTheWay).isEmptyFile();
        Files.delete(inTheWay);
        resume(3, ON);
        assertScalarsAreTheLogs(events());
        assertNewestHistogramsAreThoseOfTheCheckpoint(events());
    }
}

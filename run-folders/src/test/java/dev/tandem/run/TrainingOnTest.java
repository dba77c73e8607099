package dev.tandem.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.TandemException;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Runs that begin with the weights of another. */
class TrainingOnTest {
    private static final String TINY = "recipes.small { width = 12, hidden = 16, image = 60, crop = 56 }";
    private static final TrainingListener NOBODY = (epoch, state, model) -> {};

    @TempDir
    static Path folder;

    private static Path data;
    private static Path source;
    private Path path;

    @BeforeAll
    static void train() throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 8, 4);
        source = folder.resolve("source");
        begin("recipe = small, images.resize = stretch, " + TINY + ", ablations = [no-lrn]", data, source);
    }

    @BeforeEach
    void name(TestInfo test) {
        path = folder.resolve(test.getTestMethod().orElseThrow().getName());
    }

    private static String settings(String more, Path images) {
        return "tandem { backend = cpu, train.epochs = 1, train.batch = 8, data = \"" + images + "\", " + more + " }";
    }

    private static TrainingState begin(String more, Path images, Path run) {
        try (Tandem tandem = Tandem.configure(settings(more, images));
                TrainingRun training = TrainingRun.begin(tandem, run, NOBODY)) {
            return training.train();
        }
    }

    private static String from(Path run) {
        return "train.from = \"" + run + "\"";
    }

    /** The data with a class more, whose images are those of red. */
    private static Path withAClassMore(String name) throws IOException {
        Path more = TestPhotographs.folder(folder.resolve(name), 8, 4);
        for (String set : List.of("train", "val")) {
            Path gold = Files.createDirectories(more.resolve(set).resolve("gold"));
            try (Stream<Path> files = Files.list(more.resolve(set).resolve("red"))) {
                for (Path file : files.toList()) {
                    Files.copy(file, gold.resolve(file.getFileName()));
                }
            }
        }
        return more;
    }

    private static Map<String, List<Float>> weights(Path file) {
        Map<String, List<Float>> weights = new LinkedHashMap<>();
        try (PretrainedModel model = PretrainedModel.open(file)) {
            model.parameters().keySet().forEach(name -> weights.put(name, boxed(model.read(name))));
        }
        return weights;
    }

    private static List<Float> boxed(float[] values) {
        Float[] boxed = new Float[values.length];
        Arrays.setAll(boxed, i -> values[i]);
        return List.of(boxed);
    }

    private static void delete(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void recipeSettingsAndStatisticsComeWithTheWeights() throws IOException {
        Path others = TestPhotographs.folder(folder.resolve("others"), 3, 2);
        delete(others.resolve("train/red"));
        delete(others.resolve("val/red"));
        TrainingState end = begin(from(source), others, path);
        assertThat(end.recipe()).isEqualTo("small");
        assertThat(end.events())
                .singleElement()
                .matches(event -> event.setting().equals("weights")
                        && event.to()
                                .equals(source.resolve("checkpoints/best.safetensors")
                                        .toString()));
        RunFolder run = RunFolder.existing(path);
        assertThat(run.configuration().ablations()).containsExactly("no-lrn");
        assertThat(run.configuration().images().resize()).contains(Resize.STRETCH);
        assertThat(run.configuration().recipeOptions().get("small")).containsEntry("width", 12);
        assertThat(run.configuration().train().transfer().from()).contains(source);
        assertThat(run.statistics())
                .hasSameBinaryContentAs(RunFolder.existing(source).statistics());
        assertThat(Files.readString(run.config())).contains("tandem.ablations = [\"no-lrn\"]  # tandem.train.from");
    }

    @Test
    void frozenLayersStayAsTheyWereAndARunGoesOnWithoutItsSource() throws IOException {
        Path copy = folder.resolve("copy");
        Files.createDirectories(copy.resolve("checkpoints"));
        Files.copy(source.resolve("checkpoints/best.safetensors"), copy.resolve("checkpoints/best.safetensors"));
        Path more = withAClassMore("more");
        String settings = "train.freeze = [\"conv*\"], train.head-rate = 10, train.augmentation = none, ";
        begin(settings + "train.epochs = 2, " + from(source), more, folder.resolve("whole"));

        String two = settings(settings + "train.epochs = 2, " + from(copy), more);
        try (Tandem tandem = Tandem.configure(two);
                TrainingRun training = TrainingRun.begin(tandem, path, (epoch, state, model) -> {})) {
            assertThat(training.start().step()).isZero();
        }
        delete(copy);
        try (Tandem tandem = Tandem.configure(RunFolder.existing(path).configuration());
                TrainingRun training = TrainingRun.resume(tandem, path, NOBODY)) {
            assertThat(training.train().epoch()).isEqualTo(2);
        }
        Map<String, List<Float>> resumed = weights(path.resolve("checkpoints/last.safetensors"));
        assertThat(resumed).isEqualTo(weights(folder.resolve("whole/checkpoints/last.safetensors")));
        Map<String, List<Float>> before = weights(source);
        resumed.forEach((name, values) -> {
            if (name.startsWith("conv")) {
                assertThat(values).as(name).isEqualTo(before.get(name));
            } else {
                assertThat(values).as(name).isNotEqualTo(before.get(name));
            }
        });
    }

    @Test
    void keptOutputsOfFrozenLayersGiveTheSameBits() throws IOException {
        Path more = withAClassMore("kept");
        for (String freeze : List.of("\"conv*\"", "\"conv*\", \"fc6\", \"fc7\"")) {
            String settings = "train.epochs = 4, train.augmentation = none, " + from(source) + ", train.freeze = ["
                    + freeze + "], train.feature-memory = ";
            Path kept = path.resolve("kept" + freeze.length());
            Path computed = path.resolve("computed" + freeze.length());
            begin(settings + 100, more, kept);
            begin(settings + 0, more, computed);
            assertThat(weights(kept.resolve("checkpoints/last.safetensors")))
                    .isEqualTo(weights(computed.resolve("checkpoints/last.safetensors")));
            assertThat(losses(kept)).isEqualTo(losses(computed));
        }
    }

    private static List<List<Double>> losses(Path run) {
        try (Checkpoint checkpoint = Checkpoint.open(run.resolve("checkpoints/last.safetensors"))) {
            return checkpoint.state().history().stream()
                    .map(epoch -> List.of(epoch.trainingLoss(), epoch.top1Error()))
                    .toList();
        }
    }

    @Test
    void aRunWithoutACheckpointBeginsWithTheSourceAgain() throws IOException {
        try (Tandem tandem = Tandem.configure(settings(from(source), data));
                TrainingRun training = TrainingRun.begin(tandem, path, NOBODY)) {
            assertThat(training.start().step()).isZero();
        }
        byte[] first = Files.readAllBytes(path.resolve("checkpoints/last.safetensors"));
        delete(path.resolve("checkpoints"));
        Files.delete(path.resolve("log.jsonl"));
        try (Tandem tandem = Tandem.configure(RunFolder.existing(path).configuration());
                TrainingRun training = TrainingRun.resume(tandem, path, NOBODY)) {
            assertThat(training.start().events()).hasSize(1);
        }
        assertThat(Files.readAllBytes(path.resolve("checkpoints/last.safetensors")))
                .isEqualTo(first);
    }

    @Test
    void knownClassesKeepTheirRows() throws IOException {
        Path more = withAClassMore("one-more");
        try (Tandem tandem = Tandem.configure(settings(from(source), more));
                TrainingRun training = TrainingRun.begin(tandem, path, NOBODY)) {
            assertThat(training.start().classNames()).containsExactly("blue", "gold", "green", "red");
        }
        Map<String, List<Float>> before = weights(source);
        List<Float> rows;
        try (Checkpoint start = Checkpoint.open(path.resolve("checkpoints/last.safetensors"));
                Tandem tandem = Tandem.configure(RunFolder.existing(path).configuration());
                PlacedModel model = tandem.placement().place(tandem.recipe(4))) {
            start.restoreParameters(model);
            assertThat(boxed(model.read("conv1.weight"))).isEqualTo(before.get("conv1.weight"));
            rows = boxed(model.read("fc8.weight"));
        }
        List<Float> known = before.get("fc8.weight");
        int row = known.size() / 3;
        assertThat(rows.subList(0, row)).isEqualTo(known.subList(0, row));
        assertThat(rows.subList(2 * row, 4 * row)).isEqualTo(known.subList(row, 3 * row));
    }

    @Test
    void whatCannotBeTrainedOnIsRefusedBeforeAnythingIsWritten() {
        assertRefused(
                "recipe = small, recipes.small.hidden = 20, " + from(source), "fc6.weight has another shape there");
        assertRefused("recipe = small, recipes.small.image = 64, " + from(source), "squares of 60");
        assertRefused("recipe = owt, " + from(source), "its inputs were made otherwise than the recipe's");
        assertRefused(from(folder.resolve("nothing")), "nothing");
        assertRefused(
                "train.freeze = [\"fc8\"], train.head-rate = 2, " + from(source), "the last layer, fc8, is frozen");
        assertThat(path).doesNotExist();
    }

    @Test
    void aNewLayerIsNotFrozen() throws IOException {
        Path more = withAClassMore("frozen");
        assertThatThrownBy(() -> begin("train.freeze = [\"fc*\"], " + from(source), more, path))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("layer fc8 would keep its random values");
        assertThat(path).doesNotExist();
    }

    private void assertRefused(String settings, String said) {
        assertThatThrownBy(() -> begin(settings, data, path))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining(said);
    }
}

package dev.tandem.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.data.Preprocessing.Resize;
import dev.tandem.nn.layer.Linear;
import dev.tandem.nn.layer.Network;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.loss.CrossEntropy;
import dev.tandem.nn.loss.MeanSquaredError;
import dev.tandem.nn.optimizer.Sgd;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.Training;
import dev.tandem.nn.schedule.AtEpochs;
import dev.tandem.nn.schedule.Moment;
import dev.tandem.spi.BackendOptions;
import dev.tandem.spi.BackendProvider;
import dev.tandem.spi.Backends;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigSourcesTest {
    @TempDir
    Path folder;

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("my.conf"), List.of(lines));
    }

    @Test
    void theStrongerSourceHoldsAndEveryValueKnowsItsOrigin() throws IOException {
        Path file = file("tandem {", "  recipe = small", "  train.batch = 64", "  train.seed = 7", "}");
        TandemConfig config = new ConfigSources()
                .add("command line", Map.of("tandem.train.batch", "32"))
                .addFile(file)
                .load();

        assertThat(config.setting("tandem.train.batch"))
                .isEqualTo(new Setting("tandem.train.batch", 32L, "command line"));
        assertThat(config.setting("tandem.train.seed")).isEqualTo(new Setting("tandem.train.seed", 7L, file + ":4"));
        assertThat(config.setting("tandem.train.epochs"))
                .isEqualTo(new Setting("tandem.train.epochs", 90L, "recipe small"));
        assertThat(config.setting("tandem.recipes.small.width"))
                .isEqualTo(new Setting("tandem.recipes.small.width", 48L, "default"));
        assertThat(config.setting("tandem.data")).isEqualTo(new Setting("tandem.data", null, "default"));
        assertThat(config.train().batch()).isEqualTo(OptionalInt.of(32));
        assertThat(config.describe())
                .contains("tandem.train.seed")
                .containsPattern("tandem.train.batch +32 +command line")
                .containsPattern("tandem.data +not set +default");
    }

    @Test
    void whatIsRenderedGivesTheSameConfigurationAgain() throws IOException {
        TandemConfig config = new ConfigSources()
                .add(
                        "command line",
                        Map.of(
                                "tandem.data", "some \"odd\" # folder",
                                "tandem.train.learning-rate", "1e-3",
                                "tandem.ablations", "no-lrn, tanh",
                                "tandem.placement.devices", "reference:0,reference:1",
                                "tandem.placement.strategy", "columns",
                                "tandem.reference.devices", "2"))
                .load();
        Path rendered = Files.writeString(folder.resolve("run.conf"), config.render());
        TandemConfig again = new ConfigSources().addFile(rendered).load();

        assertThat(again).usingRecursiveComparison().ignoringFields("settings").isEqualTo(config);
        assertThat(again.ablations()).containsExactly("no-lrn", "tanh");
        assertThat(again.data().orElseThrow().toString()).endsWith("some \"odd\" # folder");
        assertThat(again.backendOptions()).containsEntry("reference", Map.of("devices", 2L));
    }

    @Test
    void referenceDocumentsExactlyTheSettingsThatAreRead() {
        Set<String> documented = new TreeSet<>();
        ConfigObject root = ConfigFactory.parseResources(ConfigSources.class, "reference.conf")
                .root();
        collect("", root, documented);
        Set<String> read = new TreeSet<>();
        new ConfigSources().load().settings().forEach(setting -> read.add(setting.key()));
        read.removeIf(key -> key.startsWith("tandem.reference.")
                || key.startsWith("tandem.nowhere.")
                || key.startsWith("tandem.recipes."));

        assertThat(read).isEqualTo(documented);
    }

    /** As in a jar made of several, where another library's file has taken the place at the root. */
    @Test
    void aReferenceConfOfAnotherLibraryChangesNothing() {
        assertThat(ConfigFactory.parseResources(ConfigSources.class, "/reference.conf")
                        .getInt("tandem.train.seed"))
                .isEqualTo(99);
        assertThat(new ConfigSources().load().train().seed()).isEqualTo(1);
    }

    @Test
    void aClusterHasAsManyWorkersAsAreThereUnlessThatIsSet() {
        TandemConfig open = new ConfigSources().load();
        assertThat(open.cluster()).isEqualTo(new Cluster(OptionalInt.empty(), 1));
        TandemConfig set = new ConfigSources()
                .addText("tandem.cluster { workers = 4, local-steps = 50 }")
                .load();
        assertThat(set.cluster()).isEqualTo(new Cluster(OptionalInt.of(4), 50));

        TandemConfig decided = open.withWorkers(3, "executors when the run began");
        assertThat(decided.cluster()).isEqualTo(new Cluster(OptionalInt.of(3), 1));
        assertThat(decided.render()).contains("tandem.cluster.workers = 3  # executors when the run began\n");
        assertThat(new ConfigSources().addText(decided.render()).load().cluster())
                .isEqualTo(decided.cluster());
    }

    @Test
    void oneProcessRefusesTheSettingsOfACluster() {
        Cluster.requireNone(new ConfigSources().load(), "train");
        assertThatThrownBy(
                        () -> Cluster.requireNone(new ConfigSources().load().withWorkers(1, "command line"), "train"))
                .isInstanceOf(TandemException.class)
                .hasMessage("train: tandem.cluster.workers is for training on Spark, and this is one process, got 1"
                        + " (command line), expected not set. Train on Spark with tandem-spark, or begin a run without"
                        + " this setting");
        assertThatThrownBy(() -> Cluster.requireNone(
                        new ConfigSources()
                                .add("command line", Map.of("tandem.cluster.local-steps", "5"))
                                .load(),
                        "train"))
                .hasMessageContaining("tandem.cluster.local-steps is for training on Spark")
                .hasMessageContaining("got 5 (command line), expected 1.");
    }

    private static void collect(String path, ConfigObject object, Set<String> keys) {
        for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
            String key = path + entry.getKey();
            if (entry.getValue() instanceof ConfigObject inner) {
                collect(key + ".", inner, keys);
            } else {
                keys.add(key);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tandem.train.bacth, tandem.train.batch",
        "train.epochs, tandem.train.epochs",
        "tandem.recipes.small.widht, tandem.recipes.small.width",
        "tandem.reference.device, tandem.reference.devices",
        "tandem.nowhere.stream, tandem.nowhere.streams"
    })
    void anUnknownSettingFailsWithTheNearestKnownOne(String written, String nearest) {
        assertThatThrownBy(() -> new ConfigSources()
                        .add("command line", Map.of(written, "1"))
                        .load())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
                .hasMessageContaining(written + " (command line)")
                .hasMessageContaining("the nearest is " + nearest);
    }

    @ParameterizedTest
    @CsvSource({
        "tandem.train.batch, 0",
        "tandem.train.batch, many",
        "tandem.train.batch, 1.5",
        "tandem.train.epochs, 0",
        "tandem.train.workers, -1",
        "tandem.train.learning-rate, 0",
        "tandem.train.learning-rate, NaN",
        "tandem.train.seed, 99999999999999999999",
        "tandem.recipes.small.crop, 5000",
        "tandem.recipes.small.width, 0",
        "tandem.reference.devices, 9",
        "tandem.nowhere.streams, 0",
        "tandem.cluster.workers, 0",
        "tandem.cluster.local-steps, 0",
        "tandem.cluster.local-steps, 10001",
        "tandem.recipe, ' '"
    })
    void aValueOfTheWrongTypeOrOutOfRangeSaysWhatWasExpected(String key, String value) {
        assertThatThrownBy(() -> new ConfigSources()
                        .add("command line", Map.of(key, value))
                        .load())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
                .hasMessageStartingWith(key + ": unusable value, got \"" + value + "\" (command line), expected a ");
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "1, 1, 1", "auto, 2, \"auto\"", "' auto ', 2, \"auto\""})
    void anOptionMayBeAChoiceOfWordsWhichAreNumbersWhereTheyAreWritten(String written, long value, String rendered) {
        TandemConfig config = new ConfigSources()
                .add("command line", Map.of("tandem.nowhere.fast", written))
                .load();
        assertThat(config.backendOptions().get("nowhere")).containsEntry("fast", value);
        assertThat(config.render()).contains("tandem.nowhere.fast = " + rendered + "  # command line\n");
        assertThat(new ConfigSources().load().setting("tandem.nowhere.fast"))
                .isEqualTo(new Setting("tandem.nowhere.fast", 0L, "default"));
        assertThatThrownBy(() -> new ConfigSources()
                        .add("command line", Map.of("tandem.nowhere.fast", "2"))
                        .load())
                .hasMessage("tandem.nowhere.fast: unusable value, got \"2\" (command line), expected 0, 1 or auto");
    }

    @Test
    void whatIsLeftToAMachineIsDecidedOnce() {
        BackendProvider nowhere = Backends.named("nowhere");
        TandemConfig open = new ConfigSources()
                .addText("tandem.nowhere { streams = 3, fast = auto }")
                .load();
        BackendOptions options =
                BackendOptions.of(nowhere, open.backendOptions().get("nowhere"));
        TandemConfig decided = open.withDecided(nowhere, options.with("fast", 1));
        assertThat(decided.backendOptions().get("nowhere"))
                .containsEntry("fast", 1L)
                .containsEntry("streams", 3L);
        assertThat(decided.render()).contains("tandem.nowhere.fast = 1  # as measured on this machine\n");
        assertThat(open.withDecided(nowhere, options)).isEqualTo(open);
        assertThat(open.keepingDecisions(decided).setting("tandem.nowhere.fast"))
                .isEqualTo(decided.setting("tandem.nowhere.fast"));
        assertThat(open.keepingDecisions(decided).backendOptions()).isEqualTo(decided.backendOptions());
        TandemConfig other =
                new ConfigSources().addText("tandem.nowhere.fast = 0").load();
        assertThat(other.keepingDecisions(decided)).isEqualTo(other);
        assertThat(open.keepingDecisions(open)).isEqualTo(open);
        assertThatThrownBy(() -> options.with("slow", 1)).hasMessageContaining("not a declared option");
    }

    @Test
    void aWrongTypeInAFileIsFoundByItsLine() throws IOException {
        Path file = file("tandem.recipe = small", "tandem.train.batch = [1, 2]");
        assertThatThrownBy(() -> new ConfigSources().addFile(file).load())
                .hasMessageContaining("[1, 2]")
                .hasMessageContaining(file + ":2");
    }

    @Test
    void anUnknownStrategyOrTableIsRefusedAtTheStart() {
        assertThatThrownBy(() -> new ConfigSources()
                        .addText("tandem.placement.strategy = rows")
                        .load())
                .hasMessageContaining("rows")
                .hasMessageContaining("[single, columns, data, hybrid]");
        assertThatThrownBy(() -> new ConfigSources()
                        .addText("tandem.placement.table = [\"conv*\"]")
                        .load())
                .hasMessageContaining("conv*");
    }

    @Test
    void aFileThatIsMissingOrNoHoconIsRefused() throws IOException {
        assertThatThrownBy(() -> new ConfigSources().addFile(folder.resolve("none.conf")))
                .hasMessageContaining("no readable file")
                .hasMessageContaining("none.conf");
        Path broken = file("tandem { train.batch = ");
        assertThatThrownBy(() -> new ConfigSources().addFile(broken))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("my.conf is not HOCON");
    }

    @Test
    void trainingSettingsChangeTheRecipe() {
        Recipe recipe = Recipe.named("r")
                .network(Network.builder().add("fc", Linear.of(2)).build(), 2)
                .preprocessing(new Preprocessing(8, 8, Preprocessing.Pixels.MEAN_IMAGE))
                .schedule(AtEpochs.dividedByTen(0.01, 60, 0.5))
                .epochs(60)
                .batch(32)
                .build();
        TrainSettings none = new ConfigSources().load().train();
        TrainSettings all = new ConfigSources()
                .addText("tandem.train { epochs = 10, batch = 4, learning-rate = 0.02, freeze = [\"f*\"] }")
                .load()
                .train();

        assertThat(none.applyTo(recipe)).isEqualTo(recipe);
        Recipe changed = all.applyTo(recipe);
        assertThat(changed.epochs()).isEqualTo(10);
        assertThat(changed.batch()).isEqualTo(4);
        assertThat(changed.network().parameters(changed.input(1))).noneMatch(ParameterSpec::isTrained);
        assertThat(changed.schedule().learningRate(Moment.startOf(0, 10, List.of())))
                .isCloseTo(0.02, within(1e-12));
        assertThat(changed.schedule().learningRate(Moment.startOf(5, 10, List.of())))
                .isCloseTo(0.002, within(1e-12));
    }

    @Test
    void updatesAreAsConfigured() {
        Recipe recipe = Recipe.named("r")
                .network(Network.builder().add("fc", Linear.of(2)).build(), 2)
                .input(Shape.of(3))
                .schedule(at -> at.progress())
                .epochs(60)
                .batch(32)
                .build();
        Recipe changed = new ConfigSources()
                .addText("tandem.train { label-smoothing = 0.1, clip-norm = 2, accumulate = 4, average-decay = 0.99 }")
                .load()
                .train()
                .applyTo(recipe);
        assertThat(changed.training()).isEqualTo(new Training(new CrossEntropy(0.1), Sgd.paper(), 2, 0.99));
        assertThat(changed.accumulate()).isEqualTo(4);
        Recipe numbers = recipe.withLoss(new MeanSquaredError());
        for (String refused : List.of("label-smoothing = 0.1", "learning-rate = 0.1")) {
            TrainSettings train = new ConfigSources()
                    .addText("tandem.train." + refused)
                    .load()
                    .train();
            assertThatThrownBy(() -> train.applyTo(numbers))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("got 0.1, expected not set");
        }
        assertThatThrownBy(() -> new ConfigSources()
                        .addText("tandem.train.average-decay = 1")
                        .load())
                .hasMessageContaining("average-decay");
    }

    @Test
    void oldNamesOfSettingsAreTakenAndTheNewOneIsInForce() {
        TandemConfig config = new ConfigSources()
                .addText("tandem { autoOrder = [cuda], small { width = 24, crop = 100 } }")
                .add("command line", Map.of("tandem.train.rate", "0.02", "tandem.train.checkpointEvery", "3"))
                .load();
        assertThat(config.autoOrder()).containsExactly("cuda");
        assertThat(config.recipeOptions().get("small")).isEqualTo(Map.of("width", 24, "crop", 100));
        assertThat(config.train().learningRate()).hasValue(0.02);
        assertThat(config.train().checkpointEvery()).isEqualTo(3);
        assertThat(config.setting("tandem.recipes.small.width").value()).isEqualTo(24L);
    }

    @Test
    void aSettingUnderBothOfItsNamesIsRefused() {
        ConfigSources sources = new ConfigSources();
        assertThatThrownBy(() -> sources.addText("tandem { train { rate = 0.02, learning-rate = 0.01 } }"))
                .hasMessageContaining("written twice")
                .hasMessageContaining("tandem.train.rate and tandem.train.learning-rate");
    }

    @Test
    void theRecipeIsMadeWithItsOptionsAblationsAndWhatIsConfigured() {
        TandemConfig config = new ConfigSources()
                .addText("tandem { recipe = small, ablations = [no-bias], train.batch = 4, recipes.small.width = 36 }")
                .load();
        ConfiguredRecipe configured = new ConfiguredRecipe(config);
        Recipe recipe = configured.forClasses(7);
        assertThat(recipe.network().layers())
                .containsEntry("fc1", Linear.of(36).withoutBias())
                .containsEntry("fc2", Linear.of(7).withoutBias());
        assertThat(recipe.batch()).isEqualTo(4);
        assertThat(configured.usualClasses()).isEqualTo(3);
        assertThat(configured.preprocessing().cropSize()).isEqualTo(112);
        assertThat(config.train().epochs()).as("the recipe's own").hasValue(90);
    }

    @Test
    void imagesBecomeSquaresAsConfiguredOrAsTheRecipeSays() {
        TandemConfig config =
                new ConfigSources().addText("tandem.recipe = small").load();
        assertThat(config.setting("tandem.images.resize"))
                .isEqualTo(new Setting("tandem.images.resize", "shorter-side", "recipe small"));
        for (Resize resize : Resize.values()) {
            ConfiguredRecipe configured = new ConfiguredRecipe(new ConfigSources()
                    .addText("tandem { recipe = small, images.resize = " + resize + " }")
                    .load());
            assertThat(configured.preprocessing().resize()).isEqualTo(resize);
            assertThat(configured.forClasses(7).preprocessing()).isEqualTo(configured.preprocessing());
        }
        assertThat(new ConfigSources().load().images().resize()).isEmpty();
        assertThatThrownBy(() -> new ConfigSources()
                        .addText("tandem.images.resize = squash")
                        .load())
                .hasMessage("tandem.images.resize: unusable value, got \"squash\" (program:1), expected shorter-side or"
                        + " torchvision or stretch");
    }

    @Test
    void aRecipeThatIsNotHereIsRefusedWithThoseThatAre() {
        assertThatThrownBy(() ->
                        new ConfigSources().addText("tandem.recipe = lenet").load())
                .isInstanceOfSatisfying(
                        TandemException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
                .hasMessageContaining(
                        "tandem.recipe: unknown name, got lenet (program:1), expected one of [served, small]");
        assertThatThrownBy(() -> new ConfiguredRecipe(new ConfigSources().load()))
                .hasMessageContaining("tandem.recipe: not set, got nothing, expected one of [served, small]");
    }

    @Test
    void aRunMaySetWhatIsNotHere() throws IOException {
        Path run = file(
                "tandem.recipe = small",
                "tandem.recipes.lenet.depth = 5",
                "tandem.tpu.cores = 8",
                "tandem.recipes.small.crop = 56");
        assertThat(new ConfigSources().addRun(run).load().recipeOptions().get("small"))
                .containsEntry("crop", 56);
        assertThat(new ConfigSources()
                        .addRun(Files.readString(run))
                        .load()
                        .recipeOptions()
                        .get("small"))
                .containsEntry("crop", 56);
        assertThatThrownBy(() -> new ConfigSources().addFile(run).load())
                .hasMessageContaining("unknown setting, got tandem.");
        Path mistyped = file("tandem.recipe = small", "tandem.recipes.small.corp = 56");
        assertThatThrownBy(() -> new ConfigSources().addRun(mistyped).load())
                .hasMessageContaining("the nearest is tandem.recipes.small.crop");
    }
}

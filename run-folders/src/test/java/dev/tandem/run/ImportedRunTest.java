package dev.tandem.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.imagenet.ImageFolder;
import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of any file becomes a run that can be used, or nothing. */
class ImportedRunTest {
    private static final Map<String, Integer> SIZES = Map.of("width", 12, "hidden", 4, "image", 60, "crop", 56);

    @TempDir
    private Path temporary;

    /** A model of recipe small in memory; {@code broken} is a parameter that cannot be read, or empty. */
    private record InMemory(String broken, Preprocessing preprocessing) implements PretrainedModel {
        private static final RecipeChoice CHOICE = RecipeChoice.of("small", SIZES, List.of("no-lrn"));

        static InMemory whole() {
            return new InMemory("", recipe().preprocessing());
        }

        static Recipe recipe() {
            return CHOICE.recipe(2);
        }

        @Override
        public Path file() {
            return Path.of("net.pth");
        }

        @Override
        public ModelDescription description() {
            int side = preprocessing.imageSize();
            PixelStatistics statistics = new PixelStatistics(
                    side, 3, new float[3 * side * side], new double[] {1, 2, 3}, new double[] {4, 0, 0, 0, 5, 0, 0, 0, 6
                    });
            return ModelDescription.of(CHOICE, Optional.of(new ImageInput(preprocessing, statistics, false, 1000)));
        }

        @Override
        public List<String> classNames() {
            return List.of("cat", "dog");
        }

        @Override
        public Map<String, Shape> parameters() {
            Map<String, Shape> shapes = new LinkedHashMap<>();
            for (ParameterSpec spec : recipe().network().parameters(recipe().input(1))) {
                shapes.put(spec.name(), spec.shape());
            }
            return shapes;
        }

        @Override
        public float[] read(String parameter) {
            if (parameter.equals(broken)) {
                throw TandemException.of(ErrorCode.INVALID_CHECKPOINT, "read", "broken", parameter, "a whole one", "");
            }
            float[] elements = new float[parameters().get(parameter).arrayLength()];
            for (int i = 0; i < elements.length; i++) {
                elements[i] = 0.01f * (i % 7 - 3);
            }
            return elements;
        }

        @Override
        public void close() {}
    }

    private Path folder() {
        return temporary.resolve("run");
    }

    private RunFolder write(PretrainedModel model) {
        return ImportedRun.write(model, folder(), () -> "net.pth", ScanProgress.silent());
    }

    @Test
    void theRunMakesTheModelAgain() {
        InMemory model = InMemory.whole();
        RunFolder run = write(model);
        assertThat(run.classNames()).containsExactly("cat", "dog");
        assertThat(run.configuration().images().orientation()).contains("ignore");
        assertThat(run.configuration().images().maximumPixels()).isEqualTo(1000);
        Recipe recipe = new ConfiguredRecipe(run.configuration()).forClasses(2);
        assertThat(recipe.network().layers())
                .isEqualTo(InMemory.recipe().network().layers());
        assertThat(recipe.preprocessing()).isEqualTo(InMemory.recipe().preprocessing());
        assertThat(TrainingStatistics.read(run.statistics()).channelMean(2)).isEqualTo(3);
        try (Tandem tandem = Tandem.configure(run.configuration("tandem.backend = reference"));
                TrainedModel opened = TrainedModel.open(
                        run, null, new ConfiguredRecipe(run.configuration()), tandem.placement(), 1)) {
            for (String parameter : model.parameters().keySet()) {
                assertThat(opened.model().read(parameter)).isEqualTo(model.read(parameter));
            }
        }
    }

    /** Published errors are of ImageNet's images as they are stored; people's photographs are turned upright. */
    @Test
    void ofAnImportedModelTheDataDecideOverOrientation() throws IOException {
        RunFolder run = write(InMemory.whole());
        String written = Files.readString(run.config());
        assertThat(written).contains("orientation = \"ignore\"");
        run.writeConfig(written.replace("orientation = \"ignore\"", "orientation = \"apply\""));
        assertThat(evaluated(run, "n01440764", "n01443537", "")).contains(Orientation.IGNORE);
        assertThat(evaluated(run, "cat", "dog", "")).contains(Orientation.APPLY);
        assertThat(evaluated(run, "n01440764", "n01443537", "tandem.images.orientation = apply"))
                .contains(Orientation.APPLY);
    }

    private Optional<Orientation> evaluated(RunFolder run, String first, String second, String more)
            throws IOException {
        Path photographs = Files.createDirectories(temporary.resolve("photographs-" + first + more.length()));
        for (String name : List.of(first, second)) {
            Path image = Files.createDirectories(photographs.resolve(name)).resolve("a.png");
            ImageIO.write(new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB), "png", image.toFile());
        }
        String settings = "tandem.data = \"" + photographs + "\"\n" + more;
        try (ImageFolder images = new Photographs(run.configuration(settings))
                .openForEvaluation(
                        InMemory.recipe().preprocessing(),
                        List.of(first, second),
                        TrainingStatistics.read(run.statistics()),
                        run.configuration().data(),
                        false,
                        ScanProgress.silent())) {
            return images.imageOptions().orientation();
        }
    }

    @Test
    void itIsACheckpointThatSaysWhatItIs() {
        RunFolder run = write(InMemory.whole());
        try (Checkpoint checkpoint = Checkpoint.open(run.checkpoint("last"))) {
            assertThat(checkpoint.state().isImported()).isTrue();
            assertThat(checkpoint.description().orElseThrow().settings()).isEqualTo(SIZES);
        }
        assertThat(run.path().resolve("events.jsonl")).content().contains("net.pth");
    }

    @Test
    void nothingIsLeftIfAParameterCannotBeRead() {
        InMemory model = new InMemory("fc8.bias", InMemory.recipe().preprocessing());
        assertThatThrownBy(() -> write(model)).hasMessageContaining("broken");
        assertThat(folder()).doesNotExist();
    }

    @Test
    void nothingIsLeftIfTheSourceCannotBeTold() {
        assertThatThrownBy(() -> ImportedRun.write(
                        InMemory.whole(),
                        folder(),
                        () -> {
                            throw new IllegalStateException("gone");
                        },
                        ScanProgress.silent()))
                .hasMessage("gone");
        assertThat(folder()).doesNotExist();
    }

    @Test
    void nothingIsLeftOfWhatIsInterrupted() {
        int[] parameters = {0};
        ScanProgress interrupted = (set, done, total) -> {
            if (++parameters[0] == 3) {
                throw new CancellationException();
            }
        };
        assertThatThrownBy(() -> ImportedRun.write(InMemory.whole(), folder(), () -> "", interrupted))
                .isInstanceOf(CancellationException.class);
        assertThat(folder()).doesNotExist();
    }

    @Test
    void aFolderWithARunIsRefused() throws Exception {
        Files.createDirectory(folder());
        Path config = Files.writeString(folder().resolve("config.conf"), "# mine");
        assertThatThrownBy(() -> write(new InMemory("conv1.weight", null))).hasMessageContaining("it holds a run");
        assertThat(config).hasContent("# mine");
    }

    @Test
    void imagesThatTheRecipeDoesNotMakeAreRefused() {
        InMemory model = new InMemory("", new Preprocessing(60, 50, Preprocessing.Pixels.MEAN_IMAGE));
        assertThatThrownBy(() -> write(model))
                .isInstanceOf(TandemException.class)
                .hasMessageContaining("its images are made otherwise than its recipe's");
        assertThat(folder()).doesNotExist();
    }

    @Test
    void thereIsNothingToResume() {
        RunFolder run = write(InMemory.whole());
        try (Tandem tandem = Tandem.configure(run.configuration("tandem.backend = reference"))) {
            assertThatThrownBy(() -> TrainingRun.resume(tandem, run.path(), (epoch, state, model) -> {}))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("the run was imported")
                    .hasMessageContaining("train --from");
        }
    }
}

package dev.tandem.weights.published;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.PixelStatistics;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.runtime.Classifier;
import dev.tandem.runtime.Tandem;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import dev.tandem.weights.caffe.CaffeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parameters as they are read, checked and reported; and models of files opened through the wall that nn has. */
class ImportedModelTest {
    private static final RecipeChoice CHOICE =
            RecipeChoice.of("small", Map.of("width", 12, "hidden", 4, "image", 60, "crop", 56), List.of());
    private static final List<String> CLASSES = List.of("cat", "dog", "fox");

    @TempDir
    private Path temporary;

    private static Recipe recipe() {
        return CHOICE.recipe(CLASSES.size());
    }

    private static SideInformation side() {
        PixelStatistics statistics = new PixelStatistics(
                60, 9, new float[3 * 60 * 60], new double[] {1, 2, 3}, new double[] {4, 0, 0, 0, 5, 0, 0, 0, 6});
        ImageInput input = new ImageInput(recipe().preprocessing(), statistics, true, ImageInput.MAXIMUM_PIXELS);
        return new SideInformation(ModelDescription.of(CHOICE, Optional.of(input)), CLASSES);
    }

    private static List<ParameterSpec> specs() {
        return recipe().network().parameters(recipe().input(1));
    }

    /** An export of the small net. */
    private static InMemoryFile export(String weight, String bias) {
        InMemoryFile file = InMemoryFile.of("net").with(SideInformation.KEY, side().toJsonWithMeanImage());
        for (ParameterSpec spec : specs()) {
            String name = spec.name().replace(".weight", weight).replace(".bias", bias);
            file.add(name, spec.shape().dims());
        }
        return file;
    }

    private static ImportedModel opened(InMemoryFile file) {
        return ImportedModel.of(file, ImportOptions.none());
    }

    @Test
    void anExportIsTheModelThatItWas() {
        try (ImportedModel model = opened(export(".weight", ".bias"))) {
            assertThat(model.description().settings())
                    .isEqualTo(CHOICE.settings().values());
            assertThat(model.classNames()).isEqualTo(CLASSES);
            assertThat(model.parameters().keySet())
                    .containsExactlyElementsOf(
                            specs().stream().map(ParameterSpec::name).toList());
            assertThat(model.description().input().orElseThrow().statistics().channelMean(1))
                    .isEqualTo(2);
            for (String parameter : model.parameters().keySet()) {
                assertThat(model.read(parameter))
                        .isEqualTo(export(".weight", ".bias").tensors().stream()
                                .filter(tensor -> tensor.name().equals(parameter))
                                .findFirst()
                                .orElseThrow()
                                .read());
            }
            assertThat(model.reports())
                    .hasSize(16)
                    .allSatisfy(report -> assertThat(report.note()).isEmpty());
            assertThat(model.warnings()).isEmpty();
        }
    }

    @Test
    void anExportToCaffeHasItsFirstInputsReversed() {
        try (ImportedModel model = opened(export(".0", ".1").withFormat(CaffeFile.FORMAT))) {
            float[] weights = model.read("conv1.weight");
            float[] stored = export(".0", ".1").tensors().get(0).read();
            int kernel = 11 * 11;
            assertThat(Arrays.copyOf(weights, kernel)).isEqualTo(Arrays.copyOfRange(stored, 2 * kernel, 3 * kernel));
            assertThat(model.read("conv2.weight"))
                    .isEqualTo(export(".0", ".1").tensors().get(2).read());
        }
    }

    @Test
    void anExportOfAnotherRecipeKeepsItsClassesAndInputs() {
        RecipeChoice choice = RecipeChoice.of("original", Map.of(), List.of());
        Recipe recipe = choice.recipe(CLASSES.size());
        PixelStatistics statistics = new PixelStatistics(
                256, 9, new float[3 * 256 * 256], new double[] {1, 2, 3}, new double[] {4, 0, 0, 0, 5, 0, 0, 0, 6});
        ImageInput input = new ImageInput(recipe.preprocessing(), statistics, true, ImageInput.MAXIMUM_PIXELS);
        SideInformation side = new SideInformation(ModelDescription.of(choice, Optional.of(input)), CLASSES);
        InMemoryFile file = InMemoryFile.of("net").with(SideInformation.KEY, side.toJsonWithMeanImage());
        recipe.network()
                .parameters(recipe.input(1))
                .forEach(spec -> file.add(spec.name(), spec.shape().dims()));
        ImportOptions caffe = new ImportOptions(Optional.of("caffe"), Optional.empty(), Optional.empty());
        assertThatThrownBy(() -> ImportedModel.of(file, caffe))
                .hasMessageContaining("of another size than those of recipe caffe, got 224 pixels a side");
        ImportOptions paper = new ImportOptions(Optional.of("paper"), Optional.empty(), Optional.empty());
        try (ImportedModel model = ImportedModel.of(file, paper)) {
            assertThat(model.description().recipe()).isEqualTo("paper");
            assertThat(model.classNames()).isEqualTo(CLASSES);
            assertThat(model.description().input().orElseThrow().statistics().channelMean(1))
                    .isEqualTo(2);
            assertThat(model.read("conv1.weight"))
                    .isEqualTo(file.tensors().get(0).read());
            assertThat(model.warnings()).isEmpty();
        }
    }

    @Test
    void aTextLongerThanTheFileIsNotRead() {
        InMemoryFile file = InMemoryFile.of("net").add(SideInformation.KEY, 1 << 20, 1 << 8);
        assertThatThrownBy(() -> opened(file)).hasMessageContaining("tandem.export is longer than the file");
    }

    @Test
    void anExportThatIsNotWhatItSaysIsRefused() {
        InMemoryFile file = export(".weight", ".bias").without("fc8.bias");
        assertThatThrownBy(() -> opened(file)).hasMessageContaining("fc8.bias");
        InMemoryFile damaged = export(".weight", ".bias").with(SideInformation.KEY, "{");
        assertThatThrownBy(() -> opened(damaged))
                .isInstanceOfSatisfying(
                        TandemException.class,
                        error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_CHECKPOINT));
    }

    @Test
    void numbersThatAreNotFiniteAreCounted() {
        InMemoryFile file = export(".weight", ".bias").without("fc7.bias");
        file.add("fc7.bias", Shape.of(4), 1, Float.NaN, Float.POSITIVE_INFINITY, 2);
        try (ImportedModel model = opened(file)) {
            assertThatThrownBy(() -> model.read("fc7.bias"))
                    .isInstanceOf(TandemException.class)
                    .hasMessageContaining("fc7.bias has numbers that are not finite, got 2 of 4, expected none");
        }
    }

    @Test
    void whatIsTheSameEverywhereOrSpreadOddlyIsAWarning() {
        InMemoryFile file = export(".weight", ".bias").without("fc7.weight").without("fc7.bias");
        float[] wide = {1000, -1000, 1000, -1000, 1000, -1000, 1000, -1000, 1, 2, 3, 4, 5, 6, 7, 8};
        file.add("fc7.bias", Shape.of(4), 0, 0, 0, 0).add("fc7.weight", Shape.of(4, 4), wide);
        try (ImportedModel model = opened(file)) {
            model.read("fc7.bias");
            model.read("fc7.weight");
            assertThat(model.warnings())
                    .hasSize(2)
                    .anySatisfy(warning -> assertThat(warning).isEqualTo("fc7.bias is 0.0 everywhere"))
                    .anySatisfy(warning -> assertThat(warning).contains("fc7.weight has a standard deviation of 707"));
        }
    }

    private Path safetensors(String name, Map<String, String> metadata) {
        List<Safetensors.Entry> entries = new ArrayList<>();
        export(".weight", ".bias")
                .tensors()
                .forEach(tensor -> entries.add(new Safetensors.Entry(tensor.name(), tensor.shape(), tensor::read)));
        Path file = temporary.resolve(name);
        Safetensors.write(file, metadata, entries);
        return file;
    }

    @Test
    void aFileIsOpenedThroughTheProvider() {
        Path file = safetensors("net.safetensors", Map.of(SideInformation.KEY, side().toJsonWithMeanImage()));
        try (PretrainedModel model = PretrainedModel.open(file)) {
            assertThat(model).isInstanceOf(ImportedModel.class);
            assertThat(model.classNames()).isEqualTo(CLASSES);
        }
    }

    @Test
    void tandemClassifiesWithAFileAlone() {
        Path file = safetensors("net.safetensors", Map.of(SideInformation.KEY, side().toJsonWithMeanImage()));
        float[] input = new float[3 * 56 * 56];
        Arrays.fill(input, 3);
        try (Tandem tandem = Tandem.configure("tandem.backend = cpu");
                Classifier classifier = tandem.open(file)) {
            assertThat(classifier.classNames()).isEqualTo(CLASSES);
            assertThat(classifier.classify(input, 1).get(0).probability()).isGreaterThan(1 / 3.0);
        }
    }

    @Test
    void aCheckpointIsNotTheProviders() throws IOException {
        Path checkpoint = safetensors("last.bin", Map.of("tandem.state", "{}"));
        assertThat(new WeightsProvider().opens(checkpoint)).isFalse();
        assertThat(new WeightsProvider().opens(temporary.resolve("nothing"))).isFalse();
        assertThat(new WeightsProvider().opens(temporary)).isFalse();
        Path cut = Files.write(temporary.resolve("cut.safetensors"), new byte[] {1, 2});
        assertThat(new WeightsProvider().opens(cut)).isFalse();
        assertThat(new WeightsProvider().opens(safetensors("plain.bin", Map.of())))
                .isTrue();
    }
}

package dev.tandem.weights.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is exported is imported as the model that it was, with the same bits. */
class ReimportTest {
    private static final RecipeChoice CHOICE = RecipeChoice.of(
            "small", Map.of("width", 12, "hidden", 5, "image", 60, "crop", 56), List.of("no-lrn", "without-conv4"));

    @TempDir
    private Path temporary;

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    void anExportIsImportedAsItWas(ExportFormat format) {
        Recipe recipe = CHOICE.recipe(7);
        ImageInput input = RandomModel.input(recipe.preprocessing());
        RandomModel model = new RandomModel(recipe, ModelDescription.of(CHOICE, Optional.of(input)));
        Path file = temporary.resolve("net");
        WeightExport.of(model, recipe, ScanProgress.silent()).write(format, file, false);
        try (PretrainedModel again = PretrainedModel.open(file)) {
            assertThat(again.classNames()).isEqualTo(model.classNames());
            assertThat(again.parameters()).isEqualTo(model.parameters());
            model.parameters()
                    .keySet()
                    .forEach(parameter -> assertThat(again.read(parameter))
                            .as("%s, %s", format, parameter)
                            .isEqualTo(model.read(parameter)));
            ModelDescription description = again.description();
            assertThat(description.settings()).isEqualTo(model.description().settings());
            assertThat(description.ablations()).containsExactly("no-lrn", "without-conv4");
            ImageInput images = description.input().orElseThrow();
            assertThat(images.preprocessing()).isEqualTo(recipe.preprocessing());
            assertThat(images.statistics().meanImage())
                    .isEqualTo(input.statistics().meanImage());
            assertThat(images.statistics().covariance())
                    .isEqualTo(input.statistics().covariance());
        }
    }
}

package dev.tandem.weights.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeChoice;
import dev.tandem.testkit.MutatedFiles;
import dev.tandem.weights.published.ImportOptions;
import dev.tandem.weights.published.ImportedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A damaged or hostile export is imported or refused, whatever of it is damaged. */
@Timeout(7200)
class MutatedExportsTest {
    private static final RecipeChoice CHOICE = RecipeChoice.of(
            "small", Map.of("width", 12, "hidden", 2, "image", 60, "crop", 56), List.of("no-lrn", "without-conv4"));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(ExportFormat.class)
    void eachIsImportedOrRefused(ExportFormat format) throws IOException {
        Recipe recipe = CHOICE.recipe(2);
        RandomModel model = new RandomModel(
                recipe, ModelDescription.of(CHOICE, Optional.of(RandomModel.input(recipe.preprocessing()))));
        Path export = folder.resolve("net");
        WeightExport.of(model, recipe, ScanProgress.silent()).write(format, export, false);
        Path file = folder.resolve("mutated");
        int refused = MutatedFiles.of("export to " + format, file, Files.readAllBytes(export))
                .eachIsReadOrRefused(() -> {
                    try (ImportedModel imported = ImportedModel.open(file, ImportOptions.none())) {
                        imported.parameters().keySet().forEach(imported::read);
                    }
                });
        assertThat(refused).isPositive();
    }
}

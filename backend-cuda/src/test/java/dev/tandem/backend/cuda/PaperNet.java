package dev.tandem.backend.cuda;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.recipe.RecipeProvider;
import dev.tandem.nn.recipe.RecipeSettings;
import dev.tandem.nn.train.PlacedModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The paper's net on 128 images at its real size, for processes on the null driver. */
final class PaperNet {
    private PaperNet() {}

    /** The backend on the driver of the first folder with the libraries of the second. */
    static CudaBackendProvider provider(String... folders) {
        return new CudaBackendProvider(List.of(Path.of(folders[0]), Path.of(folders[1])));
    }

    static Recipe recipe() {
        RecipeProvider paper = RecipeProvider.named("paper");
        return paper.recipe(1000, RecipeSettings.of(paper, Map.of())).withBatch(128);
    }

    /** Writes zeros into all parameters: drawing 61 million initial values would take longer than the steps. */
    static void writeZeros(PlacedModel model) {
        model.parameters()
                .forEach(spec ->
                        model.write(spec.name(), new float[(int) spec.shape().elements()]));
    }
}

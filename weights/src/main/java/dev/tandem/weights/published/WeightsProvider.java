package dev.tandem.weights.published;

import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.checkpoint.PretrainedModelProvider;
import dev.tandem.weights.TensorFiles;
import java.nio.file.Path;

/** Opens models in the formats of other programs by what is in their files. */
public final class WeightsProvider implements PretrainedModelProvider {
    /** For the service loader. */
    public WeightsProvider() {}

    @Override
    public boolean opens(Path file) {
        return !TensorFiles.isCheckpoint(file);
    }

    @Override
    public PretrainedModel open(Path file) {
        return ImportedModel.open(file, ImportOptions.none());
    }
}

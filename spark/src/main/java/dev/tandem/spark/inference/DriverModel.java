package dev.tandem.spark.inference;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spi.Locations;
import dev.tandem.spi.TandemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A trained model as the driver sees it: checked, but not placed. The driver needs neither natives nor a GPU for it.
 *
 * @param run the run's folder; empty for a model in a file of its own
 * @param recipe what it was trained by
 * @param classNames the classes, by label
 * @param files what executors need, by the names that they have there
 */
record DriverModel(Optional<RunFolder> run, Recipe recipe, List<String> classNames, Map<String, Path> files) {
    /** The name of a model in a file of its own, where executors have it. */
    static final String FILE = "model";

    /**
     * Opens a model.
     *
     * @param location the folder of a run, a checkpoint, or another file of a model; on any file system
     * @param checkpoint of a run: {@code last}, {@code best}, or a file; null is the best, or the last where none was
     *     validated
     * @param settings HOCON that is stronger than the run's own settings
     * @throws TandemException if it is no model, or one that is not trained yet
     */
    static DriverModel open(String location, @Nullable String checkpoint, String settings) {
        Path path = Locations.path(location);
        if (Files.isRegularFile(path.resolve("config.conf"))) {
            return ofRun(RunFolder.existing(path), checkpoint, settings);
        }
        if (checkpoint != null) {
            throw TandemException.argument(
                    "model " + location, "no run is there to choose a checkpoint of", checkpoint, "none", "");
        }
        try (PretrainedModel model = PretrainedModel.open(path)) {
            List<String> classNames = model.classNames();
            Recipe recipe = model.description().choice().recipe(classNames.size());
            return new DriverModel(Optional.empty(), recipe, classNames, Map.of(FILE, Checkpoint.fileOf(path)));
        }
    }

    private static DriverModel ofRun(RunFolder run, @Nullable String checkpoint, String settings) {
        Recipe recipe = TrainedModel.recipe(run, checkpoint, new ConfiguredRecipe(run.configuration(settings)));
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("config.conf", run.config());
        files.put("classes.txt", run.path().resolve("classes.txt"));
        files.put("statistics.bin", run.statistics());
        files.put("checkpoints/best.safetensors", TrainedModel.file(run, checkpoint));
        return new DriverModel(Optional.of(run), recipe, run.classNames(), files);
    }
}

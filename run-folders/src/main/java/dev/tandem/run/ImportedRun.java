package dev.tandem.run;

import dev.tandem.imagenet.options.ImageOptions.Orientation;
import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.imagenet.statistics.TrainingStatistics;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.checkpoint.PretrainedModel;
import dev.tandem.nn.checkpoint.Safetensors;
import dev.tandem.nn.data.FolderLock;
import dev.tandem.nn.data.ImageInput;
import dev.tandem.nn.data.Preprocessing;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.runtime.config.ConfigSources;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.Shape;
import dev.tandem.spi.TandemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The run of a model that was trained elsewhere: it can be used as any other run, but not resumed. */
public final class ImportedRun {
    private static final Logger LOG = LoggerFactory.getLogger(ImportedRun.class);
    private static final String ORIGIN = "import";
    private static final int MEGABYTE = 1_000_000;

    private final PretrainedModel model;
    private final ModelDescription description;
    private final Recipe recipe;
    private final ImageInput input;

    private ImportedRun(PretrainedModel model) {
        this.model = model;
        this.description = model.description();
        this.recipe = description.choice().recipe(model.classNames().size());
        this.input = description
                .input()
                .orElseThrow(() -> unfit(
                        "it takes no photographs",
                        "a model without preprocessing",
                        "one of photographs",
                        "Use it in a program: Tandem.open"));
    }

    /**
     * Writes the run of {@code model}. Parameters are read one at a time. If anything fails, nothing is left.
     *
     * @param folder may be there, but holds no run
     * @param source where the weights come from, in words, for the log; asked at the end
     * @param progress of the parameters, in megabytes
     * @throws TandemException if the folder holds a run or cannot be written, or a parameter cannot be read
     */
    public static RunFolder write(PretrainedModel model, Path folder, Supplier<String> source, ScanProgress progress) {
        NewRunFolder.requireFree(folder);
        ImportedRun imported = new ImportedRun(model);
        String config = imported.config().render();
        RunFolder run = NewRunFolder.create(folder);
        try (FolderLock lock = run.lock()) {
            // Another process may have begun a run here since the first look.
            NewRunFolder.requireFree(folder);
            try {
                imported.writeCheckpoint(run, progress);
                run.log().append(new RunEvent(0, "weights", "none", source.get()));
                run.describe(
                        config, model.classNames(), new TrainingStatistics(imported.input.statistics()), List.of());
                return run;
            } catch (RuntimeException | Error e) {
                withdraw(run);
                throw e;
            }
        }
    }

    private void writeCheckpoint(RunFolder run, ScanProgress progress) {
        Map<String, Shape> parameters = model.parameters();
        long total = parameters.values().stream().mapToLong(ImportedRun::bytes).sum();
        long[] done = {0};
        List<Safetensors.Entry> entries = new ArrayList<>();
        parameters.forEach((name, shape) -> entries.add(new Safetensors.Entry(name, shape, () -> {
            progress.checked("weights", (int) (done[0] / MEGABYTE), (int) (total / MEGABYTE));
            done[0] += bytes(shape);
            return model.read(name);
        })));
        TrainingState state = TrainingState.imported(
                recipe.name(), model.classNames(), recipe.batch(), "weights of recipe " + recipe.name());
        Checkpoint.write(run.checkpoint("last"), entries, state, description);
        progress.checked("weights", (int) (total / MEGABYTE), (int) (total / MEGABYTE));
    }

    private static long bytes(Shape shape) {
        return shape.elements() * Float.BYTES;
    }

    /** What makes the model again, and its images into inputs. */
    private TandemConfig config() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("tandem.recipe", description.recipe());
        if (!description.ablations().isEmpty()) {
            settings.put("tandem.ablations", description.ablations());
        }
        description
                .settings()
                .forEach((name, value) -> settings.put("tandem.recipes." + description.recipe() + "." + name, value));
        Orientation orientation = input.upright() ? Orientation.APPLY : Orientation.IGNORE;
        settings.put("tandem.images.orientation", orientation.toString());
        settings.put("tandem.images.max-pixels", input.maximumPixels());
        settings.put("tandem.images.scaled", input.scaled());
        settings.put("tandem.images.resize", input.preprocessing().resize().toString());
        requireRecipesImages();
        return new ConfigSources().add(ORIGIN, settings).load();
    }

    /** A run's images are those of its recipe, but for how they are resized. */
    private void requireRecipesImages() {
        Preprocessing own = input.preprocessing();
        Preprocessing ofRecipe = recipe.preprocessing();
        if (ofRecipe == null || !own.withResize(ofRecipe.resize()).equals(ofRecipe)) {
            throw unfit(
                    "its images are made otherwise than its recipe's",
                    own,
                    ofRecipe == null ? "no images" : ofRecipe,
                    "Use it in a program: Tandem.open");
        }
    }

    private TandemException unfit(String wrong, Object got, Object expected, String advice) {
        return TandemException.of(ErrorCode.INVALID_CHECKPOINT, "import " + model.file(), wrong, got, expected, advice);
    }

    /**
     * Checks that a run was begun by training: one that was imported has no training to go on with.
     *
     * @throws TandemException ({@link ErrorCode#INVALID_ARGUMENT}) if it was imported
     */
    public static void requireTraining(RunFolder run) {
        if (!run.log().exists() && Files.exists(run.checkpoint("last")) && isImported(run)) {
            throw TandemException.of(
                    ErrorCode.INVALID_ARGUMENT,
                    "resume " + run.path(),
                    "the run was imported, and has no training to go on with",
                    "imported weights",
                    "a run that ./tandem train has begun",
                    "Train on from its weights in a run of its own: ./tandem train --from " + run.path()
                            + " --data DIR");
        }
    }

    private static boolean isImported(RunFolder run) {
        try (Checkpoint last = Checkpoint.open(run.checkpoint("last"))) {
            return last.state().isImported();
        } catch (TandemException damaged) {
            return false; // resuming looks for another
        }
    }

    private static void withdraw(RunFolder run) {
        try {
            Files.deleteIfExists(run.checkpoint("last"));
            Files.deleteIfExists(run.checkpoints());
            Files.deleteIfExists(run.path().resolve("events.jsonl"));
        } catch (IOException e) {
            LOG.warn("{} could not be removed: {}", run.checkpoints(), e.toString());
        }
        run.withdraw();
    }
}

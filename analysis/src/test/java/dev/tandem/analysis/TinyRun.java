package dev.tandem.analysis;

import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.run.TrainingRun;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.testkit.TestPhotographs;
import java.io.IOException;
import java.nio.file.Path;

/** A run of a tiny net on a few photographs, trained for a moment. */
public final class TinyRun implements AutoCloseable {
    /** Images that the model is placed for. */
    public static final int ROWS = 8;

    private final Path data;
    private final RunFolder run;
    private final Tandem tandem;

    /** Trains in {@code folder}. */
    public TinyRun(Path folder) throws IOException {
        data = TestPhotographs.folder(folder.resolve("data"), 8, 4);
        Path path = folder.resolve("run");
        String settings = "tandem { backend = cpu, recipe = small, recipes.small { width = 12, hidden = 16, image = 60,"
                + " crop = 56 }, train { epochs = 1, batch = " + ROWS + " }, data = \"" + data + "\" }";
        try (Tandem trainer = Tandem.configure(settings);
                TrainingRun training = TrainingRun.begin(trainer, path, (epoch, state, model) -> {})) {
            training.train();
        }
        run = RunFolder.existing(path);
        tandem = Tandem.configure(run.configuration());
    }

    /** The photographs: {@code train/CLASS/FILE} and {@code val/CLASS/FILE}. */
    public Path data() {
        return data;
    }

    public RunFolder run() {
        return run;
    }

    public Tandem tandem() {
        return tandem;
    }

    /** The model, placed for {@link #ROWS} rows. */
    public TrainedModel model() {
        return model(ROWS);
    }

    /** The model, placed for {@code rows} rows. */
    public TrainedModel model(int rows) {
        return TrainedModel.open(run, null, new ConfiguredRecipe(tandem.config()), tandem.placement(), rows);
    }

    @Override
    public void close() {
        tandem.close();
    }
}

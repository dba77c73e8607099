package dev.tandem.examples.run;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.Recipe;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.runtime.config.TandemConfig;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run: a model in training, and the folder that keeps what comes of it. */
public final class TrainingRun implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

    private final RunFolder folder;
    private final Recipe recipe;
    private final Dataset data;
    private final PlacedModel model;
    private final RunRecorder recorder;
    private final Trainer trainer;
    private final TrainingState start;

    /**
     * A run in {@code folder}.
     *
     * @param resume whether to go on from the folder's newest readable checkpoint, where there is one
     * @param changes settings that were changed since the run was started; their steps are filled in here
     * @param display is told how the run goes, after everything is written
     */
    public TrainingRun(
            RunFolder folder,
            Recipe recipe,
            Dataset data,
            Placement placement,
            TandemConfig.Train settings,
            boolean resume,
            List<RunEvent> changes,
            TrainingListener display) {
        this.folder = folder;
        this.recipe = recipe;
        this.data = data;
        this.recorder = new RunRecorder(folder, recipe.network(), settings.checkpointEvery(), display);
        this.model = placement.place(recipe.network(), recipe.input(recipe.batch()), true);
        this.trainer = new Trainer(recipe, model, data, recorder);
        recorder.onRequestedRate(trainer::requestRate);
        this.start = resume ? restored(settings.seed(), changes) : initialized(settings.seed());
    }

    private TrainingState initialized(long seed) {
        model.initialize(seed);
        return trainer.begin(seed);
    }

    private TrainingState restored(long seed, List<RunEvent> changes) {
        Checkpoint newest = newestReadable();
        if (newest == null) {
            LOG.info("The run has no checkpoint yet: starting from the beginning");
            return initialized(seed);
        }
        try (Checkpoint checkpoint = newest) {
            TrainingState state = checkpoint.state();
            checkpoint.requireSame(recipe.name(), data.classNames().size());
            requireSame("other classes", data.classNames(), state.classNames());
            requireSame("another batch", recipe.batch(), state.batch());
            requireSame("another seed", seed, state.seed());
            requireSame("other images (fingerprint)", data.fingerprint(), state.dataFingerprint());
            checkpoint.restore(model);
            for (RunEvent event : changes) {
                state = state.with(new RunEvent(state.step(), event.setting(), event.from(), event.to()));
            }
            folder.writeLog(state);
            LOG.info("Resuming at epoch {}, step {}", state.epoch() + 1, state.step());
            return state;
        }
    }

    private Checkpoint newestReadable() {
        List<Path> files = folder.checkpointsToResume();
        for (Path file : files) {
            try {
                return Checkpoint.open(file);
            } catch (TandemException e) {
                if (e.code() != ErrorCode.INVALID_CHECKPOINT) {
                    throw e;
                }
                LOG.warn("{}. Trying the next older checkpoint.", e.getMessage());
            }
        }
        if (!files.isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "resume " + folder.path(),
                    "no checkpoint can be read",
                    files.size() + " damaged",
                    "one that is whole",
                    "Start a new run");
        }
        return null;
    }

    private void requireSame(String wrong, Object now, Object then) {
        if (!now.equals(then)) {
            throw TandemException.of(
                    ErrorCode.INVALID_CONFIGURATION,
                    "resume " + folder.path(),
                    wrong,
                    now,
                    then + " as the run was started with",
                    "Leave it as it was, or start a new run");
        }
    }

    /** Where the run starts from. */
    public TrainingState start() {
        return start;
    }

    /** Asks the run to stop after the step under way; may be called from any thread. */
    public void requestStop() {
        trainer.requestStop();
    }

    /** Trains to the end and draws the pictures, or until asked to stop. */
    public TrainingState train() {
        TrainingState end = trainer.train(start);
        if (end.epoch() >= recipe.epochs()) {
            recorder.draw(end, model);
        }
        return end;
    }

    @Override
    public void close() {
        model.close();
    }
}

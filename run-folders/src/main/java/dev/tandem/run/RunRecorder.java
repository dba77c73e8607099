package dev.tandem.run;

import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.Health;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.TrainingControl;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.picture.CurvesPicture;
import dev.tandem.run.picture.KernelPicture;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes checkpoints, log, progress and pictures of a run as it goes. */
final class RunRecorder implements TrainingListener {
    private static final Logger LOG = LoggerFactory.getLogger(RunRecorder.class);
    private static final long PICTURES_EVERY = TimeUnit.SECONDS.toNanos(60);
    private static final long REQUESTS_EVERY = TimeUnit.MILLISECONDS.toNanos(500);

    private final RunFolder folder;
    private final Recipe recipe;
    private final ModelDescription description;
    private final Advice advice;
    private final int checkpointEvery;
    private final ProgressRecorder progress;
    private final Set<String> advised = new HashSet<>();
    private long drawn = System.nanoTime() - PICTURES_EVERY;
    private long looked = System.nanoTime();
    private TrainingState written;
    private DoubleConsumer rateChange = rate -> {};

    /** A recorder into {@code folder}. */
    RunRecorder(RunFolder folder, Recipe recipe, ModelDescription description, int checkpointEvery) {
        this.folder = folder;
        this.recipe = recipe;
        this.description = description;
        this.advice = new Advice(recipe);
        this.checkpointEvery = checkpointEvery;
        this.progress = new ProgressRecorder(folder, recipe);
    }

    /** Calls {@code change} with each learning rate that is requested with {@code ./tandem rate}. */
    void onRequestedRate(DoubleConsumer change) {
        rateChange = change;
    }

    @Override
    public void onStart(TrainingState state, TrainingControl control) {
        progress.start(state);
    }

    @Override
    public void onStep(Progress step) {
        if (System.nanoTime() - looked > REQUESTS_EVERY) {
            folder.requireThere();
            folder.takeRequestedRate().ifPresent(rateChange);
            looked = System.nanoTime();
        }
        progress.step(step);
    }

    @Override
    public void onEvent(RunEvent event) {
        folder.requireThere();
        folder.log().append(event);
    }

    @Override
    public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
        // "last" goes last but for the log, which is written anew from it: whatever is lost then is done again.
        folder.requireThere();
        boolean best = epoch.isValidated()
                && state.history().stream().limit(state.history().size() - 1L).allMatch(epoch::isBetterThan);
        if (best) {
            Checkpoint.write(folder.checkpoint("best"), model, state, description);
        }
        if (checkpointEvery > 0 && epoch.epoch() % checkpointEvery == 0) {
            Checkpoint.write(folder.checkpoint(epoch.epoch()), model, state, description);
        }
        writeLast(state, model);
        folder.log().append(epoch);
        progress.epoch(state);
        advise(state);
        if (System.nanoTime() - drawn >= PICTURES_EVERY) {
            draw(state, model);
        }
    }

    /** Prints each piece of advice on a run once, even if its figures change later. */
    private void advise(TrainingState state) {
        for (Health.Finding found :
                Health.findings(state.history(), state.classNames().size())) {
            if (advised.add(found.trouble() + " " + found.subject())) {
                LOG.warn("Epoch {}: {}. {}.", state.epoch(), found.text(), advice.on(found, state));
            }
        }
    }

    @Override
    public void onInterrupt(TrainingState state, PlacedModel model) {
        writeLast(state, model);
        progress.end(RunProgress.State.STOPPED);
    }

    @Override
    public void onTrained(TrainingState state, PlacedModel model) {
        writeLast(state, model);
        progress.validating();
    }

    /** Notes that {@code state} is what the checkpoint to resume from holds. */
    void read(TrainingState state) {
        written = state;
    }

    /** Writes the checkpoint to resume from, unless it stands there already. */
    void writeLast(TrainingState state, PlacedModel model) {
        if (state != written) {
            folder.requireThere();
            Checkpoint.write(folder.checkpoint("last"), model, state, description);
            written = state;
        }
    }

    /** At the end of the run: a rate that was asked for too late changes nothing, and is said. */
    void finish() {
        folder.requireThere();
        progress.end(RunProgress.State.FINISHED);
        folder.takeRequestedRate()
                .ifPresent(rate -> LOG.warn("The learning rate {} was asked for after the last step: not used", rate));
    }

    /** Draws the run as it stands. */
    void draw(TrainingState state, PlacedModel model) {
        if (KernelPicture.isPossible(model)) {
            folder.writePicture("kernels", () -> KernelPicture.draw(recipe.network(), model));
        }
        folder.writePicture("curves", () -> CurvesPicture.draw(state.recipe(), state.history()));
        drawn = System.nanoTime();
    }
}

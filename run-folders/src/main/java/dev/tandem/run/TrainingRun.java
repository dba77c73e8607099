package dev.tandem.run;

import dev.tandem.imagenet.options.ScanProgress;
import dev.tandem.nn.checkpoint.Checkpoint;
import dev.tandem.nn.checkpoint.ModelDescription;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.EarlyStopping;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.RunEvent;
import dev.tandem.nn.train.Trainer;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.run.tensorboard.TensorBoardEvents;
import dev.tandem.runtime.Tandem;
import dev.tandem.runtime.config.Cluster;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.runtime.config.TrainSettings;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
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
    private final Optional<TensorBoardEvents> tensorBoard;
    private final Trainer trainer;
    private Deque<Runnable> toClose = new ArrayDeque<>();
    private TrainingState start;

    private TrainingRun(
            RunFolder folder, PlannedRun plan, Placement placement, PlacedModel model, TrainingListener... listeners) {
        folder.requireOwnCheckpoints();
        TrainSettings settings = plan.config().train();
        this.folder = folder;
        this.recipe = plan.recipe();
        this.data = placement.feed(plan.images());
        this.model = model;
        ModelDescription description = ModelDescription.of(plan.configured().choice(), data.imageInput());
        this.recorder = new RunRecorder(folder, recipe, description, settings.checkpointEvery());
        this.tensorBoard = settings.tensorBoard()
                ? Optional.of(new TensorBoardEvents(
                        folder.path().resolve("tensorboard"),
                        recipe,
                        plan.config().render()))
                : Optional.empty();
        // The recorder is first: nothing that comes after it can keep a checkpoint from being written.
        List<TrainingListener> all = new ArrayList<>(List.of(recorder));
        tensorBoard.ifPresent(all::add);
        all.addAll(List.of(listeners));
        settings.earlyStopping().ifPresent(patience -> all.add(new EarlyStopping(patience)));
        this.trainer = new Trainer(recipe, model, data, settings.classWeights(), all.toArray(new TrainingListener[0]));
        recorder.onRequestedRate(trainer::requestLearningRate);
    }

    /**
     * A new run as {@code tandem} is configured, on the photographs of {@code tandem.data}, from the weights of {@code
     * tandem.train.from} if that is set.
     *
     * @param folder where it is kept; it may be there, but holds no run
     * @param listeners are called for each event of the run, after everything is written
     * @throws TandemException if anything is wrong with the folder, the settings or the photographs
     */
    public static TrainingRun begin(Tandem tandem, Path folder, TrainingListener... listeners) {
        NewRunFolder.requireFree(folder);
        Cluster.requireNone(tandem.config(), "train");
        Deque<Runnable> toClose = new ArrayDeque<>();
        return owning(toClose, () -> {
            Placement placement = tandem.placement(); // what it leaves to this machine is decided then
            PlannedRun plan = PlannedRun.of(tandem.config(), ScanProgress.silent());
            toClose.push(plan::close);
            plan.smallerBatch().ifPresent(LOG::info);
            plan.takenWeights().forEach(LOG::info);
            Supplier<RunFolder> made = () -> {
                RunFolder run = NewRunFolder.create(folder);
                toClose.push(NewRunFolder.occupy(run, plan)::close);
                return run;
            };
            return begin(plan, made, placement, listeners);
        });
    }

    /**
     * The run in {@code folder}, from its newest readable checkpoint, as {@code tandem} is configured: with {@link
     * RunFolder#configuration(String)}. Epochs and learning rate may be others; that is noted as an event.
     *
     * @param listeners are called for each event of the run, after everything is written
     * @throws TandemException if the run cannot be read, or settings that decide over its weights are others
     */
    public static TrainingRun resume(Tandem tandem, Path folder, TrainingListener... listeners) {
        RunFolder run = RunFolder.existing(folder);
        ImportedRun.requireTraining(run);
        Cluster.requireNone(tandem.config(), "train");
        Deque<Runnable> toClose = new ArrayDeque<>();
        return owning(toClose, () -> {
            toClose.push(run.lock()::close);
            Placement placement = tandem.placement(); // what it leaves to this machine is decided then
            Continuation changes = Continuation.of(run.configuration(), tandem.config(), true);
            PlannedRun plan = PlannedRun.resumed(run, tandem.config(), ScanProgress.silent());
            toClose.push(plan::close);
            return resume(plan, run, placement, changes, listeners);
        });
    }

    /** The run that {@code made} makes; it closes what is put into {@code toClose}. */
    private static TrainingRun owning(Deque<Runnable> toClose, Supplier<TrainingRun> made) {
        try {
            TrainingRun run = made.get();
            run.toClose = toClose;
            return run;
        } catch (RuntimeException | Error e) {
            toClose.forEach(Runnable::run);
            throw e;
        }
    }

    /**
     * A new run.
     *
     * @param plan is closed after the run
     * @param folder gives the described folder, and is asked once nothing can be refused any more
     * @param listeners are called for each event of the run, after everything is written
     */
    public static TrainingRun begin(
            PlannedRun plan, Supplier<RunFolder> folder, Placement placement, TrainingListener... listeners) {
        long seed = plan.config().train().seed();
        PlacedModel model = placed(plan.recipe(), placement);
        try {
            List<RunEvent> events = plan.initialize(model);
            TrainingRun run = new TrainingRun(folder.get(), plan, placement, model, listeners);
            run.startFrom(run.beginning(seed, events));
            return run;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static PlacedModel placed(Recipe recipe, Placement placement) {
        return placement.place(recipe.network(), recipe.input(recipe.batch()), recipe.training());
    }

    /**
     * The run in {@code folder}, which is locked, from its newest readable checkpoint; where there is none yet, nothing
     * was trained, and it begins.
     *
     * @param plan is closed after the run
     * @param changes since the run was begun
     * @param listeners are called for each event of the run, after everything is written
     */
    public static TrainingRun resume(
            PlannedRun plan,
            RunFolder folder,
            Placement placement,
            Continuation changes,
            TrainingListener... listeners) {
        long seed = plan.config().train().seed();
        PlacedModel model = placed(plan.recipe(), placement);
        try {
            TrainingRun run = new TrainingRun(folder, plan, placement, model, listeners);
            Checkpoint newest = run.newestReadable();
            if (newest != null) {
                try (newest) {
                    run.startFrom(run.restored(newest, seed, changes));
                }
            } else {
                folder.requireThere();
                run.requireNothingTrained();
                LOG.info("The run has no checkpoint yet: starting from the beginning");
                plan.describe(folder);
                run.startFrom(run.beginning(seed, plan.initialize(model)));
            }
            if (!changes.events().isEmpty()) {
                folder.writeConfig(plan.config().render());
            }
            return run;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private TrainingState beginning(long seed, List<RunEvent> events) {
        TrainingState state = trainer.begin(seed);
        for (RunEvent event : events) {
            state = state.with(event);
        }
        return state;
    }

    /** With a checkpoint from before the first step, the data are checked however early a process is killed. */
    private void startFrom(TrainingState state) {
        recorder.writeLast(state, model);
        folder.log().write(state);
        tensorBoard.ifPresent(events -> events.begin(state, model));
        start = state;
    }

    private TrainingState restored(Checkpoint checkpoint, long seed, Continuation changes) {
        TrainingState state = checkpoint.state();
        requireSame("another recipe", recipe.name(), state.recipe());
        requireSame("other classes", data.classNames(), state.classNames());
        requireSame("another batch", recipe.batch(), state.batch());
        requireSame("another seed", seed, state.seed());
        requireSame("other images (fingerprint)", data.fingerprint(), state.dataFingerprint());
        checkpoint.restore(model);
        if (checkpoint.file().equals(folder.checkpoint("last"))) {
            recorder.read(state);
        }
        for (RunEvent event : changes.events()) {
            state = state.with(new RunEvent(state.step(), event.setting(), event.from(), event.to()));
        }
        if (changes.rateAsked()) {
            state = state.withoutLearningRateLimit();
        } else if (changes.before().isPresent()) {
            Recipe before = new ConfiguredRecipe(changes.before().get()).forClasses(recipe.classes());
            state = kept(state, state.continuedBy(before, recipe));
        }
        List<String> devices = trainer.devices();
        if (!state.devices().equals(devices)) {
            if (!state.devices().isEmpty()) {
                String before = String.join("; ", state.devices());
                state = state.with(new RunEvent(state.step(), "devices", before, String.join("; ", devices)));
            }
            state = state.on(devices);
        }
        LOG.info("Resuming at epoch {}, step {}", state.epoch() + 1, state.step());
        return state;
    }

    private static TrainingState kept(TrainingState state, TrainingState limited) {
        limited.events()
                .subList(state.events().size(), limited.events().size())
                .forEach(event -> LOG.warn(
                        "With these epochs, the {} would rise to {}; it stays at {}. To change it, set tandem.train.learning-rate, too",
                        event.setting(),
                        event.from(),
                        event.to()));
        return limited;
    }

    private void requireNothingTrained() {
        if (!folder.log().isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_CHECKPOINT,
                    "resume " + folder.path(),
                    "the checkpoints are gone",
                    "a log of epochs without a checkpoint",
                    "checkpoints/last.safetensors or another",
                    "Put the checkpoints back, or start a new run");
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
                    "What was trained so far belongs to that: leave it as it was, or begin a new run with these weights:"
                            + " ./tandem train --from " + folder.path() + " --data DIR");
        }
    }

    /** Where it is kept. */
    public RunFolder folder() {
        return folder;
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
        if (trainer.isFinished(end)) {
            recorder.draw(end, model);
            recorder.finish();
        }
        return end;
    }

    /** Whether {@code end}, from {@link #train}, is the run's end: its last epoch, or an earlier one to finish at. */
    public boolean isFinished(TrainingState end) {
        return trainer.isFinished(end);
    }

    /** Why the run was finished before its last epoch, in words; empty if it was not. */
    public Optional<String> finishReason() {
        return Optional.ofNullable(trainer.finishReason());
    }

    @Override
    public void close() {
        try {
            model.close();
        } finally {
            toClose.forEach(Runnable::run);
            toClose.clear();
        }
    }
}

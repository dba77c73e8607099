package dev.tandem.paper.figure1;

import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.train.EpochRecord;
import dev.tandem.nn.train.PlacedModel;
import dev.tandem.nn.train.Placement;
import dev.tandem.nn.train.TrainingControl;
import dev.tandem.nn.train.TrainingListener;
import dev.tandem.nn.train.TrainingState;
import dev.tandem.paper.data.BalancedImages;
import dev.tandem.run.RunFolder;
import dev.tandem.run.TrainedModel;
import dev.tandem.run.trial.Trial;
import dev.tandem.run.trial.TrialResult;
import dev.tandem.run.trial.Trials;
import dev.tandem.runtime.config.ConfiguredRecipe;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;

/**
 * One trial: its training, with the training error after each epoch. What was done before is not done again.
 */
final class RateTrial {
    private final Trials trials;
    private final Trial trial;
    private final Path folder;
    private final Placement placement;
    private final BalancedImages images;
    private final StoppingRule rule;
    private final double fastest;
    private MeasuredErrors measured;

    /**
     * A trial.
     *
     * @param placement where the model is measured of an epoch that was not measured in time
     * @param fastest the epochs that the fastest trial before it needed; infinity if none has reached the goal
     */
    RateTrial(
            Trials trials, Trial trial, Placement placement, BalancedImages images, StoppingRule rule, double fastest) {
        this.trials = trials;
        this.trial = trial;
        this.folder = trials.path(trial);
        this.placement = placement;
        this.images = images;
        this.rule = rule;
        this.fastest = fastest;
        this.measured = MeasuredErrors.read(folder, images.count(), images.fingerprint());
        trials.check(trial);
    }

    /** The training error after each epoch, up to where the rule ends it. */
    List<Double> errors() {
        return rule.untilEnding(measured.errors(), fastest);
    }

    /** Why it is over, if it is. */
    Optional<Ending> ending() {
        Optional<Ending> byErrors = rule.ending(errors(), fastest);
        return byErrors.isEmpty() && measured.diverged() ? Optional.of(Ending.DIVERGED) : byErrors;
    }

    /**
     * Trains until it is over, or asked to stop.
     *
     * @param epoch is called with the training error after each epoch
     * @param step is called after each batch
     */
    void train(DoubleConsumer epoch, Consumer<TrainingListener.Progress> step) {
        TrialResult result = trials.run(trial, new Recorder(epoch, step));
        if (result.end() == TrialResult.End.DIVERGED) {
            measured = measured.first(result.history().size()).thenDiverged();
            measured.write(folder);
        } else if (result.end() == TrialResult.End.FINISHED && ending().isEmpty()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "figure 1",
                    "the trial in " + folder + " was ended by another rule",
                    "a finished run of " + measured.errors().size() + " epochs",
                    "one that goes on to an error of " + rule.goal(),
                    "Choose another folder with --out, or --error, --rates and --give-up as they were");
        }
    }

    /** Measures after each epoch, and finishes the run when it is over. */
    private final class Recorder implements TrainingListener {
        private final DoubleConsumer epochDone;
        private final Consumer<TrainingListener.Progress> stepDone;
        private final ConfiguredRecipe recipes = new ConfiguredRecipe(trial.config());
        private TrainingControl control;

        Recorder(DoubleConsumer epochDone, Consumer<TrainingListener.Progress> stepDone) {
            this.epochDone = epochDone;
            this.stepDone = stepDone;
        }

        @Override
        public void onStart(TrainingState state, TrainingControl requests) {
            control = requests;
            measureMissed(state);
            finishIfOver();
        }

        /** If the process was killed while it measured, the newest checkpoint holds the model to measure. */
        private void measureMissed(TrainingState state) {
            int epochs = state.history().size();
            measured = measured.first(epochs);
            int missing = epochs - measured.errors().size();
            if (missing > 1) {
                throw TandemException.of(
                        ErrorCode.INVALID_DATA,
                        "figure 1",
                        "training errors of " + folder + " are missing",
                        (epochs - missing) + " epochs",
                        epochs + " epochs",
                        "Remove the folder: the trial is done again");
            }
            if (missing == 1) {
                RunFolder run = RunFolder.existing(folder);
                try (TrainedModel last = TrainedModel.open(run, "last", recipes, placement, state.batch())) {
                    add(images.error(last.recipe(), last.model(), state.batch()));
                }
            }
        }

        private void add(double error) {
            measured = measured.plus(error);
            measured.write(folder);
        }

        @Override
        public void onStep(Progress step) {
            stepDone.accept(step);
        }

        @Override
        public void onEpoch(EpochRecord epoch, TrainingState state, PlacedModel model) {
            Recipe recipe = recipes.forClasses(state.classNames().size());
            double error = images.error(recipe, model, state.batch());
            add(error);
            epochDone.accept(error);
            finishIfOver();
        }

        private void finishIfOver() {
            ending().ifPresent(ending -> control.finish(ending.words()));
        }
    }
}

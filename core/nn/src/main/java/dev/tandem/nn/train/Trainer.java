package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.data.Views;
import dev.tandem.nn.layer.ParameterSpec;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import dev.tandem.spi.op.SgdStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Trains a placed model by a recipe (paper, section 5): epochs of steps, each epoch followed by a validation with the
 * centre crop. The same recipe, data, seed and state give the same weights.
 */
public final class Trainer {
    /** Steps between two readings of the loss, which wait for the device. */
    private static final int LOSS_EVERY = 10;

    private final Recipe recipe;
    private final PlacedModel model;
    private final Dataset data;
    private final TrainingListener listener;
    private volatile boolean stopRequested;

    /** A trainer of {@code model}, whose parameters are initialised or restored. */
    public Trainer(Recipe recipe, PlacedModel model, Dataset data, TrainingListener listener) {
        if (data.trainingSize() < recipe.batch()) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "train",
                    "fewer training images than one batch",
                    data.trainingSize(),
                    recipe.batch() + " or more",
                    "Lower tandem.train.batch or add images");
        }
        this.recipe = recipe;
        this.model = model;
        this.data = data;
        this.listener = listener;
    }

    /** The state of a run that has not started. */
    public TrainingState begin(long seed) {
        return new TrainingState(
                recipe.name(),
                data.classNames(),
                seed,
                recipe.batch(),
                data.fingerprint(),
                0,
                0,
                0,
                new LossSum(0, 0),
                List.of());
    }

    /** Asks the run to stop after the step under way; may be called from any thread. */
    public void requestStop() {
        stopRequested = true;
    }

    /** Trains from {@code start} until the recipe's last epoch, or until asked to stop; returns where the run stands then. */
    public TrainingState train(TrainingState start) {
        TrainingState state = start;
        while (state.epoch() < recipe.epochs() && !stopRequested) {
            state = epoch(state);
        }
        if (state.epoch() < recipe.epochs()) {
            listener.onInterrupt(state, model);
        }
        return state;
    }

    /** Trains to the end of the state's epoch and validates; stops before that on request. */
    private TrainingState epoch(TrainingState start) {
        long began = System.nanoTime();
        double rate = recipe.schedule().rate(start.epoch(), validationErrors(start));
        Map<String, Double> layerRates = recipe.layerRates(start.epoch());
        int batches = data.trainingSize() / recipe.batch();
        int done = start.batchInEpoch();
        long step = start.step();
        LossSum loss = start.loss();
        double shownLoss = loss.mean();
        long waited = 0;
        Health health = null;
        try (BatchStream stream =
                data.training(recipe.augmentation(start.epoch()), start.seed(), start.epoch(), done, recipe.batch())) {
            while (done < batches && !stopRequested) {
                HostBatch batch = Objects.requireNonNull(stream.next(), "the stream ended before the epoch");
                model.step(batch, new StepSettings(start.seed(), step, recipe.sgd(), rate, layerRates));
                if (done == batches - 1) {
                    health = health(batch, start.epoch(), rate, layerRates);
                }
                stream.recycle(batch);
                done++;
                step++;
                if (done % LOSS_EVERY == 0) {
                    LossSum taken = finite(model.takeLoss(), step);
                    loss = loss.plus(taken);
                    shownLoss = taken.mean();
                }
                waited = stream.waitedNanos();
                double seconds = seconds(began);
                listener.onStep(new TrainingListener.Progress(
                        start.epoch(),
                        recipe.epochs(),
                        done,
                        batches,
                        shownLoss,
                        (done - start.batchInEpoch()) * (double) recipe.batch() / seconds,
                        waited / 1e9 / seconds));
            }
        }
        loss = loss.plus(finite(model.takeLoss(), step));
        double trained = seconds(began);
        if (done < batches) {
            return state(start, start.epoch(), done, step, loss, start.history());
        }
        Evaluation validation = validate();
        EpochRecord epoch = new EpochRecord(
                start.epoch() + 1,
                step,
                rate,
                loss.mean(),
                validation == null ? null : validation.top1Error(),
                validation == null ? null : validation.top5Error(),
                validation == null ? null : validation.logLoss(),
                (done - start.batchInEpoch()) * (double) recipe.batch() / trained,
                waited / 1e9 / trained,
                health,
                seconds(began));
        List<EpochRecord> history = new ArrayList<>(start.history());
        history.add(epoch);
        TrainingState end = state(start, start.epoch() + 1, 0, step, new LossSum(0, 0), history);
        listener.onEpoch(epoch, end, model);
        return end;
    }

    private Health health(HostBatch batch, int epoch, double rate, Map<String, Double> layerRates) {
        Map<String, Double> ratios = new HashMap<>();
        StepSettings settings = new StepSettings(0, epoch, recipe.sgd(), rate, layerRates);
        for (ParameterSpec spec : model.parameters()) {
            SgdStep step = settings.update(spec);
            double factor = step.rule() == SgdStep.Rule.RATE_IN_VELOCITY ? 1 : step.rate();
            double length = model.norm(spec.name());
            ratios.put(spec.name(), length == 0 ? 0 : factor * model.velocityNorm(spec.name()) / length);
        }
        return new Health(model.activations(batch), ratios);
    }

    private Evaluation validate() {
        if (data.validationSize() == 0) {
            return null;
        }
        try (BatchStream stream = data.validation(Views.CENTRE, recipe.batch())) {
            return Evaluator.evaluate(model, stream, recipe.classes(), Views.CENTRE.count());
        }
    }

    private static List<Double> validationErrors(TrainingState state) {
        return state.history().stream()
                .map(EpochRecord::top1Error)
                .filter(Objects::nonNull)
                .toList();
    }

    private static TrainingState state(
            TrainingState from, int epoch, int batchInEpoch, long step, LossSum loss, List<EpochRecord> history) {
        return new TrainingState(
                from.recipe(),
                from.classNames(),
                from.seed(),
                from.batch(),
                from.dataFingerprint(),
                epoch,
                batchInEpoch,
                step,
                loss,
                history);
    }

    private static LossSum finite(LossSum loss, long step) {
        if (!Double.isFinite(loss.sum())) {
            throw TandemException.of(
                    ErrorCode.DIVERGED,
                    "train",
                    "the loss is not finite by step " + step,
                    loss.sum(),
                    "a finite number",
                    "Lower tandem.train.rate, or start the weights with smaller standard deviations; the last checkpoint is intact");
        }
        return loss;
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}

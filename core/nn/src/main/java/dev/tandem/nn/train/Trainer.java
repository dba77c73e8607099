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
    private volatile Double requestedRate;

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
                1,
                List.of(),
                List.of());
    }

    /** Asks the run to stop after the step under way; may be called from any thread. */
    public void requestStop() {
        stopRequested = true;
    }

    /**
     * Changes the learning rate by hand from the next step on; later rates of the schedule change in proportion. It is
     * recorded as a {@link RunEvent}. May be called from any thread.
     */
    public void requestRate(double rate) {
        if (!(rate > 0) || Double.isInfinite(rate)) {
            throw TandemException.argument(
                    "change rate", "not above 0", rate, "a finite number above 0", "The paper starts at 0.01");
        }
        requestedRate = rate;
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
        EpochRun run = new EpochRun(start);
        run.train();
        return run.isComplete() ? run.finish(validate()) : run.state();
    }

    /** One epoch under way. */
    private final class EpochRun {
        private final TrainingState start;
        private final long began = System.nanoTime();
        private final int batches = data.trainingSize() / recipe.batch();
        private final double scheduled;
        private final Map<String, Double> layerRates;
        private final List<RunEvent> events;
        private double rateFactor;
        private int done;
        private long step;
        private LossSum loss;
        private Health health;
        private final List<DeviceUse.Mark> marks =
                model.devices().stream().map(DeviceUse.Mark::of).toList();
        private List<DeviceUse> devices = List.of();
        private double trainedSeconds;
        private double waitedSeconds;

        EpochRun(TrainingState start) {
            this.start = start;
            scheduled = recipe.schedule().rate(start.epoch(), validationErrors(start));
            layerRates = recipe.layerRates(start.epoch());
            events = new ArrayList<>(start.events());
            rateFactor = start.rateFactor();
            done = start.batchInEpoch();
            step = start.step();
            loss = start.loss();
        }

        void train() {
            double shownLoss = loss.mean();
            try (BatchStream stream = data.training(
                    recipe.augmentation(start.epoch()), start.seed(), start.epoch(), done, recipe.batch())) {
                while (!isComplete() && !stopRequested) {
                    HostBatch batch = Objects.requireNonNull(stream.next(), "the stream ended before the epoch");
                    takeRequestedRate();
                    StepSettings settings = settings();
                    model.step(batch, settings);
                    done++;
                    step++;
                    if (isComplete()) {
                        health = health(batch, settings);
                    }
                    stream.recycle(batch);
                    if (done % LOSS_EVERY == 0) {
                        LossSum taken = finite(model.takeLoss(), step);
                        loss = loss.plus(taken);
                        shownLoss = taken.mean();
                    }
                    trainedSeconds = (System.nanoTime() - began) / 1e9;
                    waitedSeconds = stream.waitedNanos() / 1e9;
                    listener.onStep(new TrainingListener.Progress(
                            start.epoch(),
                            recipe.epochs(),
                            done,
                            batches,
                            shownLoss,
                            imagesPerSecond(),
                            dataWaitShare()));
                }
            }
            loss = loss.plus(finite(model.takeLoss(), step));
            trainedSeconds = (System.nanoTime() - began) / 1e9;
            devices = marks.stream().map(mark -> mark.since(trainedSeconds)).toList();
        }

        private StepSettings settings() {
            return new StepSettings(start.seed(), step, recipe.sgd(), scheduled * rateFactor, layerRates);
        }

        private void takeRequestedRate() {
            Double requested = requestedRate;
            if (requested != null) {
                requestedRate = null;
                double before = scheduled * rateFactor;
                rateFactor = requested / scheduled;
                RunEvent event = new RunEvent(step, "rate", Double.toString(before), Double.toString(requested));
                events.add(event);
                listener.onEvent(event);
            }
        }

        boolean isComplete() {
            return done >= batches;
        }

        private double imagesPerSecond() {
            return (done - start.batchInEpoch()) * (double) recipe.batch() / trainedSeconds;
        }

        private double dataWaitShare() {
            return waitedSeconds / trainedSeconds;
        }

        TrainingState finish(Evaluation validation) {
            EpochRecord epoch = new EpochRecord(
                    start.epoch() + 1,
                    step,
                    scheduled * rateFactor,
                    loss.mean(),
                    validation == null ? null : validation.top1Error(),
                    validation == null ? null : validation.top5Error(),
                    validation == null ? null : validation.logLoss(),
                    imagesPerSecond(),
                    dataWaitShare(),
                    devices,
                    health,
                    (System.nanoTime() - began) / 1e9);
            List<EpochRecord> history = new ArrayList<>(start.history());
            history.add(epoch);
            TrainingState end = state(start.epoch() + 1, 0, new LossSum(0, 0), history);
            listener.onEpoch(epoch, end, model);
            return end;
        }

        TrainingState state() {
            return state(start.epoch(), done, loss, start.history());
        }

        private TrainingState state(int epoch, int batchInEpoch, LossSum sum, List<EpochRecord> history) {
            return new TrainingState(
                    start.recipe(),
                    start.classNames(),
                    start.seed(),
                    start.batch(),
                    start.dataFingerprint(),
                    epoch,
                    batchInEpoch,
                    step,
                    sum,
                    rateFactor,
                    events,
                    history);
        }
    }

    private Health health(HostBatch batch, StepSettings settings) {
        Map<String, Double> ratios = new HashMap<>();
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
            return Predictions.of(model, stream, recipe.classes(), Views.CENTRE.count())
                    .evaluate();
        }
    }

    private static List<Double> validationErrors(TrainingState state) {
        return state.history().stream()
                .map(EpochRecord::top1Error)
                .filter(Objects::nonNull)
                .toList();
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
}

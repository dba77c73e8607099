package dev.tandem.nn.train;

import dev.tandem.nn.data.BatchMemory;
import dev.tandem.nn.data.BatchStream;
import dev.tandem.nn.data.Dataset;
import dev.tandem.nn.data.HostBatch;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.Moment;
import dev.tandem.spi.ErrorCode;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;

/** The training of one epoch, from its start or from where it was interrupted. */
final class EpochRun {
    /** Steps between two readings of the loss, which wait for the device. */
    private static final int LOSS_EVERY = 10;

    private final Recipe recipe;
    private final PlacedModel model;
    private final Dataset data;
    private final List<Double> classWeights;
    private final TrainingListener listener;
    private final TrainingControl requests;
    private final TrainingState start;
    private final long began = System.nanoTime();
    private final int batches;
    private double scheduled;
    private final Map<String, Double> layerLearningRates;
    private final List<RunEvent> events;
    private double learningRateFactor;
    private int done;
    private long step;
    private LossSum loss;
    private Health health;
    private final DoubleFunction<List<DeviceUse>> use;
    private List<DeviceUse> devices = List.of();
    private double trainedSeconds;
    private double waitedSeconds;

    EpochRun(
            Recipe recipe,
            PlacedModel model,
            Dataset data,
            List<Double> classWeights,
            TrainingListener listener,
            TrainingControl requests,
            TrainingState start) {
        this.recipe = recipe;
        this.model = model;
        this.data = data;
        this.classWeights = classWeights;
        this.listener = listener;
        this.requests = requests;
        this.start = start;
        this.batches = data.trainingSize() / recipe.batch();
        this.use = model.measureUse();
        LearningRateLimit limit = start.learningRateLimit();
        layerLearningRates = limit == null
                ? recipe.layerLearningRates(start.epoch())
                : limit.of(recipe.layerLearningRates(start.epoch()));
        events = new ArrayList<>(start.events());
        learningRateFactor = start.learningRateFactor();
        done = start.batchInEpoch();
        step = start.step();
        loss = start.loss();
        scheduled = scheduled();
    }

    /** The rate of the update under way by the schedule. */
    private double scheduled() {
        int updates = (batches + recipe.accumulate() - 1) / recipe.accumulate();
        double rate = recipe.schedule()
                .learningRate(new Moment(
                        start.epoch(), recipe.epochs(), done / recipe.accumulate(), updates, start.validationErrors()));
        return start.learningRateLimit() == null
                ? rate
                : start.learningRateLimit().of(rate);
    }

    void train() {
        double shownLoss = loss.mean();
        try (BatchStream stream = data.training(
                recipe.augmentation(start.epoch()),
                start.seed(),
                start.epoch(),
                done,
                recipe.batch(),
                new BatchMemory(model.devices()))) {
            PrefetchedBatches ahead = new PrefetchedBatches(stream, model);
            while (!isComplete() && !(requests.isStopRequested() && mayStop())) {
                HostBatch batch = next(ahead);
                if (waiting() == 0) {
                    scheduled = scheduled();
                    takeRequestedRate();
                }
                StepSettings settings = settings();
                if (waiting() == recipe.accumulate() - 1 || done == batches - 1) {
                    model.step(batch, settings);
                    step++;
                } else {
                    model.accumulate(batch, settings);
                }
                done++;
                if (isComplete()) {
                    health = Health.of(model, batch, settings, recipe.training().optimizer());
                }
                stream.recycle(batch);
                if (!isComplete()) {
                    // While the devices compute this step: a reading of the loss would wait for its end.
                    ahead.prefetch();
                }
                if (done % LOSS_EVERY == 0) {
                    LossSum taken = finite(model.takeLoss(), step);
                    loss = loss.plus(taken);
                    shownLoss = taken.steps() == 0 ? shownLoss : taken.mean();
                }
                trainedSeconds = (System.nanoTime() - began) / 1e9;
                waitedSeconds = stream.waitedNanos() / 1e9;
                listener.onStep(new TrainingListener.Progress(
                        start.epoch(), recipe.epochs(), done, batches, shownLoss, imagesPerSecond(), dataWaitShare()));
            }
            ahead.recycleRest();
        }
        loss = loss.plus(finite(model.takeLoss(), step));
        trainedSeconds = (System.nanoTime() - began) / 1e9;
        devices = use.apply(trainedSeconds);
    }

    /** Whether a checkpoint continues the run exactly as if it had not stopped here. */
    private boolean mayStop() {
        return waiting() == 0 && model.isResumable();
    }

    private HostBatch next(PrefetchedBatches ahead) {
        HostBatch batch = ahead.next();
        if (batch == null) {
            throw TandemException.of(
                    ErrorCode.INVALID_DATA,
                    "train",
                    "the data ended before the epoch",
                    done + " batches",
                    batches,
                    "Let training(...) give trainingSize() / batch size batches");
        }
        return batch;
    }

    private StepSettings settings() {
        long pass = step * recipe.accumulate() + waiting();
        return new StepSettings(
                start.seed(), step, pass, scheduled * learningRateFactor, layerLearningRates, classWeights);
    }

    /** The batches whose gradients wait for the next update. */
    private int waiting() {
        return done % recipe.accumulate();
    }

    private void takeRequestedRate() {
        // A rate of 0 has no multiple: the request waits for a later update.
        Double requested = scheduled > 0 ? requests.takeLearningRate() : null;
        if (requested != null) {
            double before = scheduled * learningRateFactor;
            learningRateFactor = requested / scheduled;
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

    /** The state within this epoch, or before its validation. */
    TrainingState state() {
        return new TrainingState(
                start.recipe(),
                start.classNames(),
                start.seed(),
                start.batch(),
                start.dataFingerprint(),
                start.epoch(),
                done,
                step,
                loss,
                learningRateFactor,
                events,
                start.history(),
                isComplete() ? record() : null,
                start.learningRateLimit(),
                start.devices());
    }

    private EpochRecord record() {
        return new EpochRecord(
                start.epoch() + 1,
                step,
                scheduled * learningRateFactor,
                loss.mean(),
                null,
                null,
                null,
                imagesPerSecond(),
                dataWaitShare(),
                devices,
                health,
                (System.nanoTime() - began) / 1e9);
    }

    private static LossSum finite(LossSum loss, long step) {
        if (!Double.isFinite(loss.sum())) {
            throw TandemException.of(
                    ErrorCode.DIVERGED,
                    "train",
                    "the loss is not finite by step " + step,
                    loss.sum(),
                    "a finite number",
                    "Lower the learning rate, or start with smaller weights. The last checkpoint is intact");
        }
        return loss;
    }
}

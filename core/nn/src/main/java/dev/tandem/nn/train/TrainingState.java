package dev.tandem.nn.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.nn.schedule.Moment;
import dev.tandem.spi.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The state of a run apart from parameters and velocities. With these, the recipe and the data, it can be resumed.
 *
 * @param recipe the recipe's name
 * @param classNames the classes, by label
 * @param seed the run's seed
 * @param batch images per step
 * @param dataFingerprint the data and its preprocessing
 * @param epoch the epoch under way, from 0
 * @param batchInEpoch batches done in it
 * @param step updates done since the start of the run
 * @param loss training losses of the epoch under way
 * @param learningRateFactor what the schedule's rates are multiplied by: 1, unless the learning rate was changed by
 *     hand
 * @param events what was changed by hand
 * @param history the finished epochs; of the {@value #DETAILED} newest, all that was measured
 * @param trained the epoch under way, if its training is done and its validation is not; otherwise null
 * @param learningRateLimit what the schedule's rates are limited to, before {@code learningRateFactor}; null without a
 *     limit
 * @param devices the devices that trained last, each in a line; empty in states of earlier versions
 */
public record TrainingState(
        String recipe,
        List<String> classNames,
        long seed,
        int batch,
        String dataFingerprint,
        int epoch,
        int batchInEpoch,
        long step,
        LossSum loss,
        @JsonProperty("rateFactor") double learningRateFactor,
        List<RunEvent> events,
        List<EpochRecord> history,
        @Nullable EpochRecord trained,
        @Nullable LearningRateLimit learningRateLimit,
        List<String> devices) {
    /** How many of the newest epochs keep the use of their devices and the health of their layers. */
    public static final int DETAILED = 1000;

    /** How many of the newest events are kept: a checkpoint holds them all. */
    public static final int MOST_EVENTS = 10_000;

    private static final String IMPORTED = "imported: ";

    public TrainingState {
        devices = devices == null ? List.of() : devices;
        boolean complete = recipe != null
                && isComplete(classNames)
                && dataFingerprint != null
                && loss != null
                && isComplete(events)
                && isComplete(devices)
                && isComplete(history);
        if (!complete
                || batch < 1
                || epoch < 0
                || batchInEpoch < 0
                || step < 0
                || !(learningRateFactor > 0)
                || Double.isInfinite(learningRateFactor)) {
            throw TandemException.argument(
                    "training state",
                    "something is missing or out of range",
                    (complete ? "" : "a null, ") + "batch " + batch + ", epoch " + epoch + ", batch in epoch "
                            + batchInEpoch + ", step " + step + ", rate factor " + learningRateFactor,
                    "no null, a batch of 1 or more, counts of 0 or more, a finite factor above 0",
                    "");
        }
        classNames = List.copyOf(classNames);
        events = List.copyOf(events.subList(Math.max(0, events.size() - MOST_EVENTS), events.size()));
        history = List.copyOf(history);
        devices = List.copyOf(devices);
    }

    /**
     * The state of a model that was imported: nothing was trained yet, and no data are its own.
     *
     * @param batch images per step of its recipe
     * @param source where its weights come from, in words
     */
    public static TrainingState imported(String recipe, List<String> classNames, int batch, String source) {
        return new TrainingState(
                recipe,
                classNames,
                1,
                batch,
                IMPORTED + source,
                0,
                0,
                0,
                new LossSum(0, 0),
                1,
                List.of(),
                List.of(),
                null,
                null,
                List.of());
    }

    /** Whether the weights were imported, and not trained since. */
    public boolean isImported() {
        return dataFingerprint.startsWith(IMPORTED);
    }

    /** Whether the weights are worth using: they were trained or imported, and are not the initial ones. */
    public boolean hasLearned() {
        return step > 0 || isImported();
    }

    private static boolean isComplete(List<?> list) {
        return list != null && list.stream().noneMatch(Objects::isNull);
    }

    /** The validation top-1 errors so far, by epoch; the validation losses if the data have no classes. */
    public List<Double> validationErrors() {
        return history.stream()
                .map(EpochRecord::validationError)
                .filter(Objects::nonNull)
                .toList();
    }

    /** The state at the start of the next epoch, after {@code finished}. */
    TrainingState afterEpoch(EpochRecord finished) {
        List<EpochRecord> all = new ArrayList<>(history);
        all.add(finished);
        int older = all.size() - 1 - DETAILED;
        if (older >= 0) {
            all.set(older, all.get(older).withoutDetails());
        }
        return new TrainingState(
                recipe,
                classNames,
                seed,
                batch,
                dataFingerprint,
                epoch + 1,
                0,
                step,
                new LossSum(0, 0),
                learningRateFactor,
                events,
                all,
                null,
                learningRateLimit,
                devices);
    }

    /** This state with something changed by hand. */
    public TrainingState with(RunEvent event) {
        List<RunEvent> all = new ArrayList<>(events);
        all.add(event);
        return with(all, history, learningRateLimit, devices);
    }

    /** This state on other devices. */
    public TrainingState on(List<String> others) {
        return with(events, history, learningRateLimit, others);
    }

    /**
     * This state for a run that continues with {@code after} instead of {@code before}, which differ in their epochs:
     * the schedule moves with the epochs, but a rate that had dropped does not rise again. If that limits a rate, an
     * event records it.
     */
    public TrainingState continuedBy(Recipe before, Recipe after) {
        LearningRateLimit limit = LearningRateLimit.between(this, before, after);
        if (Objects.equals(limit, learningRateLimit)) {
            return this;
        }
        List<RunEvent> all = new ArrayList<>(events);
        double scheduled = after.schedule().learningRate(Moment.startOf(epoch, after.epochs(), validationErrors()));
        if (limit.of(scheduled) < scheduled) {
            all.add(new RunEvent(
                    step, "scheduled rate", Double.toString(scheduled), Double.toString(limit.of(scheduled))));
        }
        Map<String, Double> own = after.layerLearningRates(epoch);
        limit.layers().forEach((layer, rate) -> {
            double then = own.getOrDefault(layer, scheduled);
            if (rate < then) {
                all.add(new RunEvent(step, "scheduled rate of " + layer, Double.toString(then), Double.toString(rate)));
            }
        });
        return with(all, history, limit, devices);
    }

    /** This state without a limit of its learning rates, because they were set by hand. */
    public TrainingState withoutLearningRateLimit() {
        return with(events, history, null, devices);
    }

    /** This state with another history of finished epochs. */
    public TrainingState withHistory(List<EpochRecord> others) {
        return with(events, others, learningRateLimit, devices);
    }

    private TrainingState with(
            List<RunEvent> otherEvents,
            List<EpochRecord> otherHistory,
            LearningRateLimit otherLimit,
            List<String> otherDevices) {
        return new TrainingState(
                recipe,
                classNames,
                seed,
                batch,
                dataFingerprint,
                epoch,
                batchInEpoch,
                step,
                loss,
                learningRateFactor,
                otherEvents,
                otherHistory,
                trained,
                otherLimit,
                otherDevices);
    }
}

package dev.tandem.nn.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tandem.nn.recipe.Recipe;
import dev.tandem.spi.TandemException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One epoch of a run, as it is logged. Errors are shares, 0 to 1; they and the log-loss are null without validation
 * images.
 *
 * @param epoch the epoch's number, from 1
 * @param step steps since the start of the run
 * @param learningRate the learning rate; {@code rate} in logs and checkpoints
 * @param trainingLoss mean loss over the epoch's steps, with augmentation and dropout
 * @param top1Error validation top-1 error, centre crop
 * @param top5Error validation top-5 error, centre crop; null with five classes or fewer, too
 * @param logLoss validation log-loss, centre crop
 * @param imagesPerSecond training images per second, validation not counted
 * @param dataWaitShare share of the training time spent waiting for data, 0 to 1
 * @param devices what each device did in training; empty if it is no longer kept
 * @param health activations and updates at its end; null if it is no longer kept
 * @param seconds wall time of the epoch's training and validation, in this process
 * @param metrics what else the validation has measured, by name: {@link Recipe#metrics}, and {@link Recipe#LOSS} if the
 *     loss is not cross-entropy of labels
 */
public record EpochRecord(
        int epoch,
        long step,
        @JsonProperty("rate") double learningRate,
        double trainingLoss,
        @Nullable Double top1Error,
        @Nullable Double top5Error,
        @Nullable Double logLoss,
        double imagesPerSecond,
        double dataWaitShare,
        List<DeviceUse> devices,
        @Nullable Health health,
        double seconds,
        Map<String, Double> metrics) {
    public EpochRecord {
        metrics = metrics == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        devices = devices == null ? List.of() : List.copyOf(devices);
        if (epoch < 1 || step < 0 || !isShare(top1Error) || !isShare(top5Error)) {
            throw TandemException.argument(
                    "epoch record",
                    "a number out of range",
                    "epoch " + epoch + ", step " + step + ", errors " + top1Error + " and " + top5Error,
                    "an epoch of 1 or more, a step of 0 or more, errors of 0 to 1",
                    "");
        }
    }

    /** A record without metrics. */
    public EpochRecord(
            int epoch,
            long step,
            double learningRate,
            double trainingLoss,
            @Nullable Double top1Error,
            @Nullable Double top5Error,
            @Nullable Double logLoss,
            double imagesPerSecond,
            double dataWaitShare,
            List<DeviceUse> devices,
            @Nullable Health health,
            double seconds) {
        this(
                epoch,
                step,
                learningRate,
                trainingLoss,
                top1Error,
                top5Error,
                logLoss,
                imagesPerSecond,
                dataWaitShare,
                devices,
                health,
                seconds,
                Map.of());
    }

    private static boolean isShare(Double error) {
        return error == null || (error >= 0 && error <= 1);
    }

    /** This record of an epoch's training with its validation, which took {@code validationSeconds}. */
    EpochRecord with(Validation validation, double validationSeconds) {
        Evaluation errors = validation.evaluation();
        boolean hasLogLoss = errors != null && !validation.metrics().containsKey(Recipe.LOSS);
        return new EpochRecord(
                epoch,
                step,
                learningRate,
                trainingLoss,
                errors == null ? null : (Double) errors.top1Error(),
                errors == null ? null : errors.top5Error(),
                hasLogLoss ? errors.logLoss() : null,
                imagesPerSecond,
                dataWaitShare,
                devices,
                health,
                seconds + validationSeconds,
                validation.metrics());
    }

    /** This record with other metrics. */
    public EpochRecord withMetrics(Map<String, Double> others) {
        return new EpochRecord(
                epoch,
                step,
                learningRate,
                trainingLoss,
                top1Error,
                top5Error,
                logLoss,
                imagesPerSecond,
                dataWaitShare,
                devices,
                health,
                seconds,
                others);
    }

    /** The mean loss of the validation: the log-loss, or that of a loss of another kind; null if there was none. */
    public @Nullable Double validationLoss() {
        return logLoss != null ? logLoss : metrics.get(Recipe.LOSS);
    }

    /** Whether there was a validation. */
    public boolean isValidated() {
        return top1Error != null || validationLoss() != null;
    }

    /** The validation's top-1 error, or its loss if the data have no classes; null if there was none. */
    public @Nullable Double validationError() {
        return top1Error != null ? top1Error : validationLoss();
    }

    /** This record without the use of devices and the health of layers, which are kept for the newest epochs only. */
    public EpochRecord withoutDetails() {
        return new EpochRecord(
                epoch,
                step,
                learningRate,
                trainingLoss,
                top1Error,
                top5Error,
                logLoss,
                imagesPerSecond,
                dataWaitShare,
                List.of(),
                null,
                seconds,
                metrics);
    }

    /**
     * Whether this epoch is better than {@code other}: a lower error, or the same with a lower validation loss. Without
     * classes, a lower validation loss.
     */
    public boolean isBetterThan(EpochRecord other) {
        if (!isValidated() || !other.isValidated()) {
            return isValidated();
        }
        int byError = Double.compare(validationError(), other.validationError());
        Double loss = validationLoss();
        return byError < 0
                || (byError == 0 && loss != null && other.validationLoss() != null && loss < other.validationLoss());
    }
}

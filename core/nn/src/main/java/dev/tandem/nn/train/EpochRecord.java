package dev.tandem.nn.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tandem.spi.TandemException;
import java.util.List;

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
 */
public record EpochRecord(
        int epoch,
        long step,
        @JsonProperty("rate") double learningRate,
        double trainingLoss,
        Double top1Error,
        Double top5Error,
        Double logLoss,
        double imagesPerSecond,
        double dataWaitShare,
        List<DeviceUse> devices,
        Health health,
        double seconds) {
    public EpochRecord {
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

    private static boolean isShare(Double error) {
        return error == null || (error >= 0 && error <= 1);
    }

    /** This record of an epoch's training with its validation, which took {@code validationSeconds}. */
    EpochRecord with(Evaluation validation, double validationSeconds) {
        return new EpochRecord(
                epoch,
                step,
                learningRate,
                trainingLoss,
                validation.top1Error(),
                validation.top5Error(),
                validation.logLoss(),
                imagesPerSecond,
                dataWaitShare,
                devices,
                health,
                seconds + validationSeconds);
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
                seconds);
    }

    /** Whether this epoch is better than {@code other}: a lower error, or the same with a lower log-loss. */
    public boolean isBetterThan(EpochRecord other) {
        if (top1Error == null || other.top1Error == null) {
            return top1Error != null;
        }
        int byError = Double.compare(top1Error, other.top1Error);
        return byError < 0 || (byError == 0 && logLoss != null && other.logLoss != null && logLoss < other.logLoss);
    }
}

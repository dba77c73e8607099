package dev.tandem.nn.train;

import dev.tandem.spi.TandemException;
import java.util.List;

/**
 * One epoch of a run, as it is logged. Errors are shares, 0 to 1; they and the log-loss are null without validation images.
 *
 * @param epoch the epoch's number, from 1
 * @param step steps since the start of the run
 * @param rate the learning rate
 * @param trainingLoss mean loss over the epoch's steps, with augmentation and dropout
 * @param top1Error validation top-1 error, centre crop
 * @param top5Error validation top-5 error, centre crop; null with five classes or fewer, too
 * @param logLoss validation log-loss, centre crop
 * @param imagesPerSecond training images per second, validation not counted
 * @param dataWaitShare share of the training time spent waiting for data, 0 to 1
 * @param devices what each device did in training
 * @param health how activations and updates stood at its end
 * @param seconds wall time of the epoch's training and validation, in this process
 */
public record EpochRecord(
        int epoch,
        long step,
        double rate,
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
                    "Pass the record of an epoch");
        }
    }

    private static boolean isShare(Double error) {
        return error == null || (error >= 0 && error <= 1);
    }
}

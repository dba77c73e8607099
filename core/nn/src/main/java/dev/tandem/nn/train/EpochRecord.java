package dev.tandem.nn.train;

import java.util.List;

/**
 * One epoch of a run, as it is logged. Errors are shares, 0 to 1; they and the log-loss are null without validation images.
 *
 * @param epoch the epoch's number, from 1
 * @param step steps since the start of the run
 * @param rate the learning rate
 * @param trainingLoss mean loss over the epoch's steps, with augmentation and dropout
 * @param top1Error validation top-1 error, centre crop
 * @param top5Error validation top-5 error, centre crop
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
        double seconds) {}
